namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The storage order of the right-hand matrix B [k × n] of a product: panels of <see cref="Width"/> columns, each k rows long, the last one
/// padded with zeros. A tile of the product reads one panel from start to end.
/// </summary>
internal static class Panels
{
    /// <summary>Columns in a panel: two registers.</summary>
    public static int Width<V, T>() where V : unmanaged, ILanes<V, T> where T : unmanaged => 2 * V.Count;

    /// <summary>The number of panels for n columns.</summary>
    public static int Count<V, T>(int n) where V : unmanaged, ILanes<V, T> where T : unmanaged => (n + 2 * V.Count - 1) / (2 * V.Count);

    /// <summary>The number of elements that B takes in panels.</summary>
    public static long Length<V, T>(int n, int k) where V : unmanaged, ILanes<V, T> where T : unmanaged =>
        (long)Count<V, T>(n) * Width<V, T>() * k;
}
