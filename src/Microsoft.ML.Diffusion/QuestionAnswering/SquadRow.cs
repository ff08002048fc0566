namespace Microsoft.ML.Diffusion;

/// <summary>A question of a SQuAD file as a row: what <see cref="QuestionAnsweringCatalog.LoadFromSquad"/> gives.</summary>
public sealed class SquadRow
{
    /// <summary>The question's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>The title of the article that the context is from; empty where the file has none.</summary>
    public string Title { get; set; } = "";

    /// <summary>The text that may hold the answer.</summary>
    public string Context { get; set; } = "";

    /// <summary>The question.</summary>
    public string Question { get; set; } = "";

    /// <summary>The answer to learn from; empty where the context holds none.</summary>
    public string TrainingAnswer { get; set; } = "";

    /// <summary>Where it starts in the context, in UTF-16 characters; −1 where there is none, or it is not where the file says.</summary>
    public int AnswerIndex { get; set; } = -1;

    /// <summary>All answers that count as right; none where the context holds none.</summary>
    public string[] Answers { get; set; } = [];
}
