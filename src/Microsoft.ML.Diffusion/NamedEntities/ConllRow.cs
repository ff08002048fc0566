namespace Microsoft.ML.Diffusion;

/// <summary>A row of <see cref="NamedEntityCatalog.LoadFromConll"/>.</summary>
public sealed class ConllRow
{
    /// <summary>The words.</summary>
    public string[] Sentence { get; set; } = [];

    /// <summary>The label of each word, such as <c>O</c>, <c>B-PER</c> or <c>I-PER</c>.</summary>
    public string[] Label { get; set; } = [];
}
