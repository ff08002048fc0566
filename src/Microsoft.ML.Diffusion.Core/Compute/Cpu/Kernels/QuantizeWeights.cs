using System.Numerics.Tensors;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Rounds B [k × n], given as its row-major transpose [n × k] (a linear layer's weight), to 8-bit integers, symmetric about zero, with a
/// scale for each column, so that the greatest magnitude becomes 127. Scales have 17 bits, so that an integer times its scale is exact in a
/// float, and rounding already rounded values does not change them.
/// </summary>
internal unsafe struct QuantizeWeights : IParallelBody
{
    private const float Largest = sbyte.MaxValue;
    private float* _source;
    private sbyte* _panels;
    private float* _scales;
    private int* _offsets;
    private int _k, _n;

    public static void Run(ParallelLoops loops, float* source, int k, int n, QuantizedBuffer target) =>
        loops.Run(QuantizedPanels.Count(n), new QuantizeWeights
    {
        _source = source,
        _panels = target.Panels.Pointer,
        _scales = target.Scales.Pointer,
        _offsets = target.Offsets.Pointer,
        _k = k,
        _n = n,
    });

    public readonly void Execute(int panel, int worker)
    {
        int first = panel * QuantizedPanels.Width, columns = Math.Min(QuantizedPanels.Width, _n - first);
        for (int column = first; column < first + columns; column++)
        {
            ReadOnlySpan<float> values = new(_source + (long)column * _k, _k);
            float scale = RoundUp(Math.Abs(TensorPrimitives.MaxMagnitude(values)) / Largest);
            int sum = 0;
            for (int i = 0; i < _k; i++)
            {
                sbyte rounded = scale > 0 ? (sbyte)MathF.Round(values[i] / scale) : (sbyte)0;
                _panels[QuantizedPanels.IndexOf(column, i, _k)] = rounded;
                sum += rounded;
            }
            (_scales[column], _offsets[column]) = (scale, QuantizeRows.Zero * sum);
        }
    }

    private static float RoundUp(float scale)
    {
        const int dropped = (1 << 7) - 1;
        return BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(scale) + dropped) & ~dropped);
    }
}
