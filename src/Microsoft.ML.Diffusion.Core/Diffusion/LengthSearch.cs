using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Writes between a beginning and an ending at several lengths, in one ragged batch, and keeps the length whose tokens have the greatest
/// mean log-probability; of equals the shortest. It goes with every sampler. The length candidates of Ghazvininejad et al., "Mask-Predict" (2019), who
/// have a trained predictor propose the lengths; here the caller does.
/// </summary>
public sealed class LengthSearch
{
    private readonly DenoisingLoop _loop;
    private readonly int[] _lengths;

    /// <summary>Makes a search.</summary>
    /// <param name="loop">Writes the texts.</param>
    /// <param name="lengths">The lengths to try, in tokens, each 1 or more.</param>
    /// <exception cref="ArgumentException">There is no length, or one below 1.</exception>
    public LengthSearch(DenoisingLoop loop, IEnumerable<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(lengths);
        (_loop, _lengths) = (loop, [.. lengths.Distinct().Order()]);
        if (_lengths.Length == 0)
            throw new ArgumentException("There is no length to try. Give one or more.", nameof(lengths));
        if (_lengths[0] < 1)
            throw new ArgumentException($"A text cannot have {_lengths[0]} tokens. Give lengths of 1 or more.", nameof(lengths));
    }

    /// <summary>Writes between each beginning and its ending.</summary>
    /// <param name="beginnings">The tokens before; each may be empty. Masks in them are left alone.</param>
    /// <param name="endings">The tokens after, as many sequences; each may be empty, and has no masks.</param>
    /// <param name="samples">The sample number of each, [Count] or empty for 0.</param>
    /// <param name="observer">Sees every step; its row is sequence · lengths + number of the length, in ascending order.</param>
    /// <param name="cancellationToken">As of <see cref="DenoisingLoop.Run"/>.</param>
    /// <returns>One choice for each sequence.</returns>
    /// <exception cref="ArgumentException">The counts differ, or an ending has a mask.</exception>
    public IReadOnlyList<LengthChoice> Run(
        RaggedTokens beginnings,
        RaggedTokens endings,
        ReadOnlySpan<int> samples = default,
        IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(beginnings);
        ArgumentNullException.ThrowIfNull(endings);
        if (beginnings.Count != endings.Count || samples.Length != 0 && samples.Length != beginnings.Count)
            throw new ArgumentException($"There are {beginnings.Count} beginnings, {endings.Count} endings and {samples.Length} sample numbers. Give an ending, which may be empty, for each beginning, and a sample number for each or none.", nameof(endings));
        if (endings.Tokens.Contains(_loop.MaskToken))
            throw new ArgumentException("An ending has a mask. Give the tokens that stand after what is written.", nameof(endings));
        int count = checked(beginnings.Count * _lengths.Length);
        int[] leading = new int[count], numbers = new int[count], calls = new int[count];
        double[] scores = new double[count];
        RaggedTokens rows = new();
        for (int i = 0; i < beginnings.Count; i++)
        {
            foreach (int length in _lengths)
            {
                (leading[rows.Count], numbers[rows.Count]) = (beginnings[i].Length, samples.IsEmpty ? 0 : samples[i]);
                rows.Append([.. beginnings[i], .. Enumerable.Repeat(_loop.MaskToken, length), .. endings[i]]);
            }
        }
        _loop.Run(rows, leading, numbers, calls, scores, observer, cancellationToken);

        LengthChoice[] choices = new LengthChoice[beginnings.Count];
        for (int i = 0; i < choices.Length; i++)
        {
            int first = i * _lengths.Length, best = first;
            for (int j = first; j < first + _lengths.Length; j++)
            {
                if (scores[j] > scores[best])
                    best = j;
            }
            int[] tokens = rows[best].Slice(leading[best], _lengths[best - first]).ToArray();
            choices[i] = new LengthChoice(tokens, scores[best], calls.AsSpan(first, _lengths.Length).ToArray().Sum());
        }
        return choices;
    }
}
