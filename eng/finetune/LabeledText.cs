namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>A text, or a pair, with its class: a row of an IDataView.</summary>
internal sealed class LabeledText
{
    /// <summary>The class.</summary>
    public string Category { get; set; } = "";

    /// <summary>The text.</summary>
    public string Sentence1 { get; set; } = "";

    /// <summary>The second text; empty if the set has single texts.</summary>
    public string Sentence2 { get; set; } = "";
}
