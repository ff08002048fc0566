namespace Microsoft.ML.Diffusion;

/// <summary>What the cost of writing a text is counted in.</summary>
public enum CostUnit
{
    /// <summary>Runs of the denoiser, which do not depend on the machine.</summary>
    DenoiserCalls,

    /// <summary>Milliseconds, which do, and differ from run to run.</summary>
    Milliseconds,
}
