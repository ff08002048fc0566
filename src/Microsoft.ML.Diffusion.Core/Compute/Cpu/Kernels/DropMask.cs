namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// A run of y = x · m / (1 − rate), where m is 0 where a random word is below the threshold, else 1: element i of the run has word
/// i mod 4 of Philox at the run's first counter + i / 4.
/// </summary>
internal readonly unsafe struct DropMask<V, T>(double rate, ulong key)
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Block = 256, LongestRegister = 16;
    private readonly uint _threshold = (uint)(rate * uint.MaxValue);
    private readonly double _scale = 1 / (1 - rate);

    /// <summary>Applies a run to elements.</summary>
    /// <param name="counterHigh">The upper half of the counters.</param>
    /// <param name="first">The number in its run of the first element.</param>
    /// <param name="x">The elements.</param>
    /// <param name="y">The results; may be x.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="accumulate">Whether y is added to.</param>
    public void Apply(ulong counterHigh, long first, T* x, T* y, int count, bool accumulate)
    {
        uint* words = stackalloc uint[Block + LongestRegister];
        V keep = V.Constant(_scale);
        long end = first + count;
        for (long start = first & ~3L; start < end; start += Block)
        {
            PhiloxWords.Fill(key, counterHigh, (ulong)start / 4, words, (int)Math.Min(Block, end - start));
            for (long i = Math.Max(first, start); i < Math.Min(end, start + Block); i += V.Count)
            {
                int lanes = (int)Math.Min(V.Count, Math.Min(end, start + Block) - i);
                // A product, so that NaN stays NaN.
                V factor = V.SelectBelow(words + (i - start), _threshold, V.Zero, keep);
                T* from = x + (i - first), to = y + (i - first);
                if (lanes == V.Count)
                {
                    V value = V.Load(from) * factor;
                    V.Store(accumulate ? V.Load(to) + value : value, to);
                }
                else
                {
                    V value = Tail.Load<V, T>(from, lanes) * factor;
                    Tail.Store(accumulate ? Tail.Load<V, T>(to, lanes) + value : value, to, lanes);
                }
            }
        }
    }
}
