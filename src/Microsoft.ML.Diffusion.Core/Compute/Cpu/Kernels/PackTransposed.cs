using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Stores B [k × n], given as its row-major transpose [n × k] (a linear layer's weight), in panels.</summary>
internal unsafe struct PackTransposed<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Block = 8;
    private T* _source, _panels;
    private nint _stride;
    private int _k, _n;

    public static void Run(ParallelLoops loops, T* source, nint stride, int k, int n, T* panels) =>
        loops.Run(Panels.Count<V, T>(n), Body(source, stride, k, n, panels));

    public static void Serial(T* source, nint stride, int k, int n, T* panels)
    {
        PackTransposed<V, T> body = Body(source, stride, k, n, panels);
        for (int panel = 0; panel < Panels.Count<V, T>(n); panel++)
            body.Execute(panel, 0);
    }

    private static PackTransposed<V, T> Body(T* source, nint stride, int k, int n, T* panels) =>
        new() { _source = source, _stride = stride, _k = k, _n = n, _panels = panels };

    public readonly void Execute(int panel, int worker)
    {
        int width = Panels.Width<V, T>();
        int first = panel * width;
        int columns = Math.Min(width, _n - first);
        T* destination = _panels + (long)first * _k;
        if (columns < width)
            new Span<T>(destination, width * _k).Clear();
        int k0 = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            // A line of 16 floats of each of 8 rows, both halves at once, so that no line is read twice.
            for (; k0 <= _k - 2 * Block; k0 += 2 * Block)
            {
                int j = 0;
                for (; j <= columns - Block; j += Block)
                {
                    float* source = (float*)(_source + (first + j) * _stride) + k0, target = (float*)destination + (nint)k0 * width + j;
                    Transpose8.Copy(source, _stride, target, width);
                    Transpose8.Copy(source + Block, _stride, target + Block * width, width);
                }
                CopyElements(first, j, columns, k0, k0 + 2 * Block, destination);
            }
        }
        for (; k0 < _k; k0 += Block)
            CopyElements(first, 0, columns, k0, Math.Min(_k, k0 + Block), destination);
    }

    private readonly void CopyElements(int first, int column, int columns, int k0, int k1, T* destination)
    {
        int width = Panels.Width<V, T>();
        for (int j = column; j < columns; j++)
        {
            T* row = _source + (first + j) * _stride;
            for (int k = k0; k < k1; k++)
                destination[(nint)k * width + j] = row[k];
        }
    }
}
