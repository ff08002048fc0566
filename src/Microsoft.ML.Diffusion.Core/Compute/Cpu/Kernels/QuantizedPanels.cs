namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The storage order of a quantized right-hand matrix B [k × n]: panels of <see cref="Width"/> columns. In a panel each step has
/// <see cref="Group"/> adjacent rows of each column, as one instruction multiplies them. Both dimensions are padded with zeros.
/// </summary>
internal static class QuantizedPanels
{
    /// <summary>Columns in a panel: two registers of eight sums.</summary>
    public const int Width = 16;

    /// <summary>Rows in a step.</summary>
    public const int Group = 4;

    /// <summary>The number of panels for n columns.</summary>
    public static int Count(int n) => (n + Width - 1) / Width;

    /// <summary>n, rounded up to whole panels.</summary>
    public static int Columns(int n) => Count(n) * Width;

    /// <summary>k, rounded up to whole steps.</summary>
    public static int Depth(int k) => (k + Group - 1) / Group * Group;

    /// <summary>The number of elements that B takes in panels.</summary>
    public static long Length(int n, int k) => (long)Columns(n) * Depth(k);

    /// <summary>The offset of the element of a column at a step of k.</summary>
    public static long IndexOf(long column, long row, int k) =>
        column / Width * Width * Depth(k) + (row / Group * Width + column % Width) * Group + row % Group;
}
