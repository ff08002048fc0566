namespace Microsoft.ML.Diffusion;

/// <summary>The columns that a <see cref="BertQuestionAnsweringTransformer"/> reads and adds.</summary>
/// <param name="Context">Read: the text that may hold the answer.</param>
/// <param name="Question">Read: the question.</param>
/// <param name="Answer">Added: the answers.</param>
/// <param name="Score">Added: their probabilities.</param>
/// <param name="AnswerStart">Added: where they start in the context.</param>
/// <param name="NoAnswerMargin">Added: by how much no answer scores better than the best text.</param>
internal sealed record QuestionAnsweringColumns(string Context, string Question, string Answer, string Score, string AnswerStart, string NoAnswerMargin)
{
    /// <summary>The columns that are added, in their order.</summary>
    public DataViewSchema.DetachedColumn[] Added =>
    [
        new(Answer, new Data.VectorDataViewType(Data.TextDataViewType.Instance)),
        new(Score, new Data.VectorDataViewType(Data.NumberDataViewType.Single)),
        new(AnswerStart, new Data.VectorDataViewType(Data.NumberDataViewType.Int32)),
        new(NoAnswerMargin, Data.NumberDataViewType.Single),
    ];
}
