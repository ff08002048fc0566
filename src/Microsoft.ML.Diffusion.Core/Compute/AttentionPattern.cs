namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Which positions attention sees within a sequence: position i sees i − Before … i + After. The default is itself alone.
/// </summary>
/// <param name="Before">The number of positions before its own; <see cref="int.MaxValue"/> for all.</param>
/// <param name="After">The number of positions after its own; <see cref="int.MaxValue"/> for all.</param>
public readonly record struct AttentionPattern(int Before, int After)
{
    /// <summary>All positions see each other.</summary>
    public static AttentionPattern Full => new(int.MaxValue, int.MaxValue);

    /// <summary>A position sees itself and those before it.</summary>
    public static AttentionPattern Causal => new(int.MaxValue, 0);

    /// <summary>
    /// A position sees those at most <paramref name="reach"/> away (Beltagy et al. 2020); <see cref="int.MaxValue"/> for all.
    /// </summary>
    public static AttentionPattern Window(int reach) => new(reach, reach);
}
