using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The batches of one epoch. Examples are shuffled, sorted by length within stretches of some batches so that a batch has similar lengths,
/// and split by the budgets of tokens and examples; then the batches are shuffled. The plan depends only on the task, the options, the seed
/// and the epoch.
/// </summary>
internal sealed class BatchPlan
{
    private const int BatchesInStretch = 32;
    private readonly int[] _examples;
    private readonly List<(int Start, int Count)> _batches = [];

    /// <param name="task">The examples.</param>
    /// <param name="batchTokens">The most tokens in a batch.</param>
    /// <param name="batchSize">The most examples in a batch; 0 for no limit.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch.</param>
    public BatchPlan(TrainingTask task, int batchTokens, int batchSize, ulong seed, long epoch)
    {
        if (batchSize == 0)
            batchSize = int.MaxValue;
        ulong key = Philox.Mix(Philox.Mix(seed, 0x7368756666), (ulong)epoch);
        _examples = [.. Enumerable.Range(0, task.Count)];
        Shuffle(_examples, key, 0);
        int[] lengths = Array.ConvertAll(_examples, task.Length);
        SortStretches(lengths, (long)batchTokens * BatchesInStretch, (long)batchSize * BatchesInStretch);
        int start = 0;
        long tokens = 0;
        for (int i = 0; i < _examples.Length; i++)
        {
            if (i > start && (tokens + lengths[i] > batchTokens || i - start == batchSize))
            {
                _batches.Add((start, i - start));
                (start, tokens) = (i, 0);
            }
            tokens += lengths[i];
        }
        if (start < _examples.Length)
            _batches.Add((start, _examples.Length - start));
        Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batches), key, 1);
    }

    /// <summary>The number of batches.</summary>
    public int Count => _batches.Count;

    /// <summary>The examples of a batch.</summary>
    public ReadOnlySpan<int> this[int batch] => _examples.AsSpan(_batches[batch].Start, _batches[batch].Count);

    private void SortStretches(int[] lengths, long stretchTokens, long stretchExamples)
    {
        long tokens = 0;
        for (int start = 0, end = 0; end < lengths.Length;)
        {
            tokens += lengths[end++];
            if (tokens < stretchTokens && end - start < stretchExamples && end < lengths.Length)
                continue;
            // A stable order: by length, and among equals as shuffled.
            int[] places = [.. Enumerable.Range(start, end - start).OrderBy(i => lengths[i])];
            int[] examples = Array.ConvertAll(places, i => _examples[i]), sorted = Array.ConvertAll(places, i => lengths[i]);
            examples.CopyTo(_examples, start);
            sorted.CopyTo(lengths, start);
            (start, tokens) = (end, 0);
        }
    }

    /// <summary>The Fisher–Yates shuffle.</summary>
    private static void Shuffle<TItem>(Span<TItem> items, ulong key, ulong stream)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(Philox.Uniform(key, stream, (ulong)i) * (i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
