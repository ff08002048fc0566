namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A handle to integers (tokens, rows, classes) on an <see cref="Executor"/>'s device, valid until its <see cref="Executor.Reset"/>. They
/// are written once and used by a forward and its backward.
/// </summary>
/// <param name="Index">The executor's index of them.</param>
/// <param name="Count">The number of integers.</param>
/// <param name="Least">The least one, so that checks need not read them back; 0 if there are none.</param>
/// <param name="Greatest">The greatest one; −1 if there are none.</param>
public readonly record struct Indices(int Index, int Count, int Least, int Greatest)
{
    /// <summary>One that is not in [0, <paramref name="count"/>); null if all are.</summary>
    internal int? Outside(int count) => Least < 0 ? Least : Greatest >= count ? Greatest : null;
}
