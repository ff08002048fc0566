namespace Microsoft.ML.Diffusion;

/// <summary>The options of a sweep of writing.</summary>
public sealed class GenerationSweepOptions : SweepOptions
{
    /// <summary>
    /// The model that judges the written texts, a Hugging Face directory with a masked-language head: the model that writes, or a better
    /// one.
    /// </summary>
    public EncoderModel Judge { get; set; } = EncoderModel.Default;

    /// <summary>
    /// The maximum average cost of a text, in <see cref="CostUnit"/>; null for no limit. A trial above it is measured, but is never the
    /// best.
    /// </summary>
    public double? Budget { get; set; }

    /// <summary>The unit of the cost.</summary>
    public CostUnit CostUnit { get; set; } = CostUnit.DenoiserCalls;

    /// <summary>The number of texts written after each prompt, each with its own seed.</summary>
    public int Seeds { get; set; } = 1;

    /// <summary>The number of prompts between two intermediate measurements of a trial.</summary>
    public int PromptsAtATime { get; set; } = 8;
}
