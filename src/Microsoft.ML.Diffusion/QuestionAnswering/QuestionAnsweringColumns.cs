using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>The columns that a <see cref="BertQuestionAnsweringTransformer"/> reads and adds.</summary>
/// <param name="Context">Read: the text that may hold the answer.</param>
/// <param name="Question">Read: the question.</param>
/// <param name="Answer">Added: the answers.</param>
/// <param name="Score">Added: their probabilities.</param>
/// <param name="AnswerStart">Added: the start of each answer in the context.</param>
/// <param name="NoAnswerMargin">Added: the score of no answer minus that of the best text.</param>
internal sealed record QuestionAnsweringColumns(string Context, string Question, string Answer, string Score, string AnswerStart, string NoAnswerMargin)
{
    /// <summary>The added columns, in order.</summary>
    public DataViewSchema.DetachedColumn[] Added =>
    [
        new(Answer, new VectorDataViewType(TextDataViewType.Instance)),
        new(Score, new VectorDataViewType(NumberDataViewType.Single)),
        new(AnswerStart, new VectorDataViewType(NumberDataViewType.Int32)),
        new(NoAnswerMargin, NumberDataViewType.Single),
    ];

    /// <summary>Fails if a name is empty, or if two added columns have the same name.</summary>
    public void Check(IExceptionContext env)
    {
        env.CheckNonWhiteSpace(Context, nameof(BertQuestionAnsweringEstimator.Options.ContextColumnName));
        env.CheckNonWhiteSpace(Question, nameof(BertQuestionAnsweringEstimator.Options.QuestionColumnName));
        env.CheckNonWhiteSpace(Answer, nameof(BertQuestionAnsweringEstimator.Options.PredictedAnswerColumnName));
        env.CheckNonWhiteSpace(Score, nameof(BertQuestionAnsweringEstimator.Options.ScoreColumnName));
        env.CheckNonWhiteSpace(AnswerStart, nameof(BertQuestionAnsweringEstimator.Options.AnswerStartColumnName));
        env.CheckNonWhiteSpace(NoAnswerMargin, nameof(BertQuestionAnsweringEstimator.Options.NoAnswerMarginColumnName));
        string? twice = Added.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        env.CheckUserArg(twice is null, nameof(BertQuestionAnsweringEstimator.Options.PredictedAnswerColumnName), $"Two output columns are named '{twice}'; expected a different name for each");
    }
}
