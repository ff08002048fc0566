namespace Microsoft.ML.Diffusion;

/// <summary>A question of a SQuAD file as a row, as read by <see cref="QuestionAnsweringCatalog.LoadFromSquad"/>.</summary>
public sealed class SquadRow
{
    /// <summary>The question's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>The title of the article that contains the context; empty if the file has none.</summary>
    public string Title { get; set; } = "";

    /// <summary>The context, which is the text that may hold the answer.</summary>
    public string Context { get; set; } = "";

    /// <summary>The question.</summary>
    public string Question { get; set; } = "";

    /// <summary>The training answer; empty if the context holds none.</summary>
    public string TrainingAnswer { get; set; } = "";

    /// <summary>
    /// The start of the answer in the context, in UTF-16 characters; −1 if there is no answer, or if it is not where the file says.
    /// </summary>
    public int AnswerIndex { get; set; } = -1;

    /// <summary>All answers that count as right; none if the context holds no answer.</summary>
    public string[] Answers { get; set; } = [];
}
