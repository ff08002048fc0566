namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Stores B [k × n], given as its transpose [n × k] row by row (a linear layer's weight), in panels.</summary>
internal unsafe struct PackTransposed<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Block = 16;
    private T* _source, _panels;
    private nint _stride;
    private int _k, _n;

    public static void Run(Workers workers, T* source, nint stride, int k, int n, T* panels) =>
        workers.Run(Panels.Count<V, T>(n), Body(source, stride, k, n, panels));

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
        // In blocks, so that the lines read and the lines written both stay in the first-level cache.
        for (int k0 = 0; k0 < _k; k0 += Block)
        {
            int k1 = Math.Min(_k, k0 + Block);
            for (int j = 0; j < columns; j++)
            {
                T* row = _source + (first + j) * _stride;
                for (int k = k0; k < k1; k++)
                    destination[(nint)k * width + j] = row[k];
            }
        }
    }
}
