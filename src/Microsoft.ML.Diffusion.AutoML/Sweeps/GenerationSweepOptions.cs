namespace Microsoft.ML.Diffusion;

/// <summary>How trials of writing are run.</summary>
public sealed class GenerationSweepOptions : SweepOptions
{
    /// <summary>The model that judges what is written, a Hugging Face directory with a masked-language head: the one that writes, or a better one.</summary>
    public EncoderModel Judge { get; set; } = EncoderModel.Default;

    /// <summary>What a text may cost, in <see cref="CostUnit"/>, on average; null for any cost. What costs more is measured, and never the best.</summary>
    public double? Budget { get; set; }

    /// <summary>What cost is counted in.</summary>
    public CostUnit CostUnit { get; set; } = CostUnit.DenoiserCalls;

    /// <summary>How many texts are written after each prompt, each with a seed of its own.</summary>
    public int Seeds { get; set; } = 1;

    /// <summary>After how many prompts a trial is measured on the way.</summary>
    public int PromptsAtATime { get; set; } = 8;
}
