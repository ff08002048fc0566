namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The order in which a quantised right-hand matrix B [k × n] is stored: panels of <see cref="Width"/> columns; in a panel, step by step,
/// <see cref="Group"/> rows of each column side by side, as one instruction multiplies them. Both are filled up with zeros.
/// </summary>
internal static class QuantizedPanels
{
    /// <summary>Columns in a panel: two registers of eight sums.</summary>
    public const int Width = 16;

    /// <summary>Rows in a step.</summary>
    public const int Group = 4;

    /// <summary>The number of panels for n columns.</summary>
    public static int Count(int n) => (n + Width - 1) / Width;

    /// <summary>n, filled up to whole panels.</summary>
    public static int Columns(int n) => Count(n) * Width;

    /// <summary>k, filled up to whole steps.</summary>
    public static int Depth(int k) => (k + Group - 1) / Group * Group;

    /// <summary>The number of elements that B takes in panels.</summary>
    public static long Length(int n, int k) => (long)Columns(n) * Depth(k);

    /// <summary>Where the element of a column at a step of k stands.</summary>
    public static long IndexOf(long column, long row, int k) =>
        column / Width * Width * Depth(k) + (row / Group * Width + column % Width) * Group + row % Group;
}
