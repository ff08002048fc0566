namespace Microsoft.ML.Diffusion;

/// <summary>The unit of the cost of writing a text.</summary>
public enum CostUnit
{
    /// <summary>Calls of the denoiser. They do not depend on the machine.</summary>
    DenoiserCalls,

    /// <summary>Milliseconds. They depend on the machine and differ from run to run.</summary>
    Milliseconds,
}
