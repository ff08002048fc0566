namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A row with the input columns of all trainers.</summary>
internal sealed class ScoredRow
{
    public string Sentence1 { get; set; } = "";

    public string Category { get; set; } = "";

    public string Context { get; set; } = "";

    public string Question { get; set; } = "";

    public string TrainingAnswer { get; set; } = "";

    public int AnswerIndex { get; set; }

    public string[] Sentence { get; set; } = [];

    public string[] Label { get; set; } = [];
}
