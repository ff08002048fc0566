namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Integers (tokens, rows, classes) on an <see cref="Executor"/>'s device, until its <see cref="Executor.Reset"/>: a handle. They are
/// written once and used by a forward and its backward alike.
/// </summary>
/// <param name="Index">The executor's name for them.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Least">The least, so that no check needs to read them back; 0 where there are none.</param>
/// <param name="Greatest">The greatest; −1 where there are none.</param>
public readonly record struct Indices(int Index, int Count, int Least, int Greatest)
{
    /// <summary>One that is not in [0, <paramref name="count"/>); null where all are.</summary>
    internal int? Outside(int count) => Least < 0 ? Least : Greatest >= count ? Greatest : null;
}
