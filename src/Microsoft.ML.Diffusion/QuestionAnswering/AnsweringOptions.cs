using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>Checks options for answering, and converts them to those of Core.</summary>
internal static class AnsweringOptions
{
    private const int UsualMaxTokens = 384;

    /// <summary>The columns, with checked names.</summary>
    public static QuestionAnsweringColumns ToColumns(this IAnsweringOptions options, IExceptionContext env)
    {
        var columns = new QuestionAnsweringColumns(options.ContextColumnName, options.QuestionColumnName, options.PredictedAnswerColumnName,
            options.ScoreColumnName, options.AnswerStartColumnName, options.NoAnswerMarginColumnName);
        columns.Check(env);
        return columns;
    }

    /// <summary>The windows of a long context.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">The model.</param>
    /// <param name="longest">The maximum number of tokens of a window that is not given; null for the model's.</param>
    public static QuestionWindowOptions ToWindows(this IAnsweringOptions options, OpenedModel model, int? longest = null)
    {
        EncoderConfiguration configuration = model.Configuration;
        if (options.MaxTokens < 0 || options.MaxTokens > configuration.MaxLength)
            throw new ArgumentException(
                $"MaxTokens is {options.MaxTokens}; expected at most the {configuration.MaxLength} tokens of the model's maximum, or 0 " +
                "for the default.");
        var windows = new QuestionWindowOptions
        {
            MaxTokens = options.MaxTokens == 0 ? Math.Min(UsualMaxTokens, longest ?? configuration.MaxLength) : options.MaxTokens,
            StrideOverlap = options.StrideOverlap,
            MaxQuestionTokens = options.MaxQuestionTokens,
            SpecialTokensBetween = model.Family.SeparatorsOf(model.Tokenizer),
        };
        windows.Validate();
        return windows;
    }

    /// <summary>The choice of answers; a threshold that is not given is 0.</summary>
    public static SpanDecoderOptions ToDecoder(this IAnsweringOptions options, IExceptionContext env)
    {
        (int best, int most, double? threshold) = (options.NBest, options.TopK, options.NoAnswerThreshold);
        env.CheckUserArg(best >= 1, nameof(options.NBest), $"It is {best}; expected 1 or more");
        env.CheckUserArg(most >= 1 && most <= best, nameof(options.TopK), $"It is {most}; expected 1 to NBest, which is {best}");
        env.CheckUserArg(options.MaxAnswerTokens >= 1, nameof(options.MaxAnswerTokens),
            $"It is {options.MaxAnswerTokens}; expected 1 or more");
        env.CheckUserArg(threshold is null || options.AllowNoAnswer, nameof(options.NoAnswerThreshold),
            $"It is {threshold} and AllowNoAnswer is false; set AllowNoAnswer, or leave the threshold null");
        env.CheckUserArg(threshold is null || !double.IsNaN(threshold.Value), nameof(options.NoAnswerThreshold),
            "It is NaN; expected a number");
        return new SpanDecoderOptions
        {
            NBest = best, MaxAnswerTokens = options.MaxAnswerTokens, AllowNoAnswer = options.AllowNoAnswer,
            NoAnswerThreshold = threshold ?? 0,
        };
    }
}
