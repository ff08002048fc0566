using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>Which positions of a sequence are scored.</summary>
internal static class MaskedPositions
{
    /// <summary>Lists the positions between the given ends that hold neither a mask nor a protected token.</summary>
    public static void Find(ReadOnlySpan<int> sequence, int leading, int trailing, int maskToken, Func<int, bool>? isProtected,
        List<int> positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leading);
        ArgumentOutOfRangeException.ThrowIfNegative(trailing);
        positions.Clear();
        for (int i = leading; i < sequence.Length - trailing; i++)
        {
            if (sequence[i] != maskToken && !(isProtected?.Invoke(sequence[i]) ?? false))
                positions.Add(i);
        }
    }

    /// <exception cref="ArgumentException">A count array is not empty and does not have one entry per sequence.</exception>
    public static void CheckCounts(RaggedTokens sequences, ReadOnlySpan<int> leading, ReadOnlySpan<int> trailing)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (!leading.IsEmpty && leading.Length != sequences.Count || !trailing.IsEmpty && trailing.Length != sequences.Count)
            throw new ArgumentException(
                $"{sequences.Count} sequences were given {leading.Length} leading and {trailing.Length} trailing counts. Give one for " +
                "each sequence, or none at all.");
    }
}
