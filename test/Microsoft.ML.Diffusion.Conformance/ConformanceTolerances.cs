namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// What an engine keeps, as it states itself. The defaults are the strictest that float32 can keep; an engine that computes in less, or
/// whose libraries choose kernels by shape, says so here, and the suite then holds it to that.
/// </summary>
/// <remarks>An error is the largest difference to the float64 result, relative to the largest element of that result.</remarks>
public sealed record ConformanceTolerances
{
    /// <summary>For engines of float32: the default.</summary>
    public static ConformanceTolerances ForFloats { get; } = new();

    /// <summary>For engines of float64, whose results are read as floats: twice half a unit in the last place of those.</summary>
    public static ConformanceTolerances ForDoubles { get; } = new()
    {
        Forward = 1.3e-7, Gradient = 1.3e-7, ModelForward = 1.3e-7, ModelGradient = 1.3e-7, Loss = 1.3e-7, Update = 1.3e-7,
        Quantizes = false,
    };

    /// <summary>The error of a primitive's result.</summary>
    public double Forward { get; init; } = 3e-6;

    /// <summary>The error of a primitive's gradients, of inputs and of parameters: derivatives such as 1 − tanh² cancel.</summary>
    public double Gradient { get; init; } = 1e-5;

    /// <summary>The error of what a whole small model computes.</summary>
    public double ModelForward { get; init; } = 5e-6;

    /// <summary>The error of a whole small model's gradients.</summary>
    public double ModelGradient { get; init; } = 3e-5;

    /// <summary>The error of a loss, of the optimizer's sum of squares and of log Σ exp.</summary>
    public double Loss { get; init; } = 1e-6;

    /// <summary>The error of a weight after some steps of the optimizer, and of an average.</summary>
    public double Update { get; init; } = 1e-6;

    /// <summary>Whether the same run gives the same bits each time.</summary>
    public bool RepeatsBitForBit { get; init; } = true;

    /// <summary>Whether a sequence gives the same bits alone and in any batch; else they agree within <see cref="Forward"/>.</summary>
    public bool IsEqualInAnyBatch { get; init; } = true;

    /// <summary>
    /// Whether a tensor holds what is written to it bit for bit, as buffers always do; else, of activations in less than float32, within
    /// <see cref="Forward"/>.
    /// </summary>
    public bool HoldsTensorsBitForBit { get; init; } = true;

    /// <summary>
    /// Whether attention drops by the words that the seam names; else it draws otherwise, and the same in forward and backward.
    /// </summary>
    public bool DropsAttentionAlike { get; init; } = true;

    /// <summary>
    /// Whether a packed weight multiplies to the bits of the plain one, and comes back as it was; else within <see cref="Forward"/>.
    /// </summary>
    public bool PacksBitForBit { get; init; } = true;

    /// <summary>Whether weights are rounded to 8-bit integers on request; else that is refused.</summary>
    public bool Quantizes { get; init; } = true;
}
