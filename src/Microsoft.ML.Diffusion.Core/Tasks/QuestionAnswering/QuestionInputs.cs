using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>The inputs for a question and its context: [CLS] question [SEP] part of the context [SEP], for each part.</summary>
internal sealed class QuestionInputs
{
    private readonly Tokenizer _tokenizer;
    private readonly QuestionWindowOptions _options;
    private readonly int[] _question;

    public QuestionInputs(Tokenizer tokenizer, QuestionWindowOptions options, int[] question, ContextTokens context, int loneSurrogates)
    {
        (_tokenizer, _options, _question, Context, LoneSurrogates) = (tokenizer, options, question, context, loneSurrogates);
        Windows = QuestionWindows.Cut(question.Length, context.Ids.Length, options);
    }

    /// <summary>The context's tokens.</summary>
    public ContextTokens Context { get; }

    /// <summary>The inputs, in the order of the context.</summary>
    public QuestionWindow[] Windows { get; }

    /// <summary>The number of lone surrogates in the question and the context.</summary>
    public int LoneSurrogates { get; }

    /// <summary>The number of the question's tokens before it was cut.</summary>
    public int QuestionTokens => _question.Length;

    /// <summary>Whether the question was too long and lost its end.</summary>
    public bool IsQuestionCut => _question.Length > _options.MaxQuestionTokens;

    /// <summary>Appends an input to a batch.</summary>
    public void Append(QuestionWindow window, RaggedTokens batch)
    {
        Span<int> tokens = batch.Append(new int[window.Length]);
        tokens[.._options.SpecialTokensBefore].Fill(_tokenizer.BeginToken);
        _question.AsSpan(0, window.QuestionCount).CopyTo(tokens[_options.SpecialTokensBefore..]);
        int afterQuestion = _options.SpecialTokensBefore + window.QuestionCount;
        tokens[afterQuestion..window.ContextPosition].Fill(_tokenizer.EndToken);
        Context.Ids.AsSpan(window.ContextStart, window.ContextCount).CopyTo(tokens[window.ContextPosition..]);
        tokens[(window.ContextPosition + window.ContextCount)..].Fill(_tokenizer.EndToken);
    }
}
