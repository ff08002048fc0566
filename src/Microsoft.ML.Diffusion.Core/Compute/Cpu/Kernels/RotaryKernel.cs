using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Rotates the pairs (i, i + d/2) of every head of queries and keys by position · theta^(−2i/d), in place (Su et al. 2021).
/// </summary>
internal unsafe struct RotaryKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowsInItem = 32;
    private T* _qkv, _table;
    private int* _positions;
    private int _rows, _width, _half;

    /// <param name="loops">The loops that compute it.</param>
    /// <param name="qkv">[rows × 3 · width].</param>
    /// <param name="positions">Each row's position in its sequence, [rows].</param>
    /// <param name="table">Cosines, then sines, of each position, [positions × 2 · half].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Width of queries.</param>
    /// <param name="half">Half of a head's width.</param>
    public static void Run(ParallelLoops loops, T* qkv, int* positions, T* table, int rows, int width, int half) => loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new RotaryKernel<V, T> { _qkv = qkv, _positions = positions, _table = table, _rows = rows, _width = width, _half = half });

    /// <summary>Fills a table for positions below <paramref name="positions"/>; sines are negated for the inverse rotation.</summary>
    public static void FillTable(T* table, int positions, int half, double theta, bool inverse)
    {
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(theta, -(double)i / half);
            for (int position = 0; position < positions; position++)
            {
                (double sine, double cosine) = Math.SinCos(position * frequency);
                table[(long)position * 2 * half + i] = T.CreateTruncating(cosine);
                table[(long)position * 2 * half + half + i] = T.CreateTruncating(inverse ? -sine : sine);
            }
        }
    }

    public readonly void Execute(int item, int worker)
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(_rows, (item + 1L) * RowsInItem); row++)
        {
            T* cosine = _table + (long)_positions[row] * 2 * _half;
            T* head = _qkv + row * 3 * _width;
            for (T* end = head + 2 * _width; head < end; head += 2 * _half)
                Turn(head, head + _half, cosine, cosine + _half);
        }
    }

    private readonly void Turn(T* first, T* second, T* cosine, T* sine)
    {
        int i = 0;
        for (; i <= _half - V.Count; i += V.Count)
        {
            V a = V.Load(first + i), b = V.Load(second + i), c = V.Load(cosine + i), s = V.Load(sine + i);
            V.Store(a * c - b * s, first + i);
            V.Store(b * c + a * s, second + i);
        }
        for (; i < _half; i++)
            (first[i], second[i]) = (first[i] * cosine[i] - second[i] * sine[i], second[i] * cosine[i] + first[i] * sine[i]);
    }
}
