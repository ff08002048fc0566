namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>A linear layer's weight [n × k] in 8-bit integers, with a scale for each output.</summary>
internal sealed unsafe class QuantizedBuffer(int n, int k) : DeviceBuffer((long)n * k)
{
    /// <summary>The integers, in the order of <see cref="QuantizedPanels"/>.</summary>
    public CpuBuffer<sbyte> Panels { get; } = new(QuantizedPanels.Length(n, k));

    /// <summary>Weight = integer · scale, an entry for each column of the panels.</summary>
    public CpuBuffer<float> Scales { get; } = new(QuantizedPanels.Columns(n));

    /// <summary>128 times the sum of a column's integers: what the offset of <see cref="QuantizeRows"/> adds to a product.</summary>
    public CpuBuffer<int> Offsets { get; } = new(QuantizedPanels.Columns(n));

    /// <summary>The weight for one integer.</summary>
    public float Element(long row, long column) => Panels.Pointer[QuantizedPanels.IndexOf(row, column, k)] * Scales.Pointer[row];

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        Panels.Dispose();
        Scales.Dispose();
        Offsets.Dispose();
    }
}
