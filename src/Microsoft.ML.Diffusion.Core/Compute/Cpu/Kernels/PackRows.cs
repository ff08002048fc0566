namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Stores B [k × n], row-major, in panels.</summary>
internal unsafe struct PackRows<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private T* _source, _panels;
    private nint _stride;
    private int _k, _n;

    public static void Run(ParallelLoops loops, T* source, nint stride, int k, int n, T* panels) =>
        loops.Run(Panels.Count<V, T>(n), Body(source, stride, k, n, panels));

    public static void Serial(T* source, nint stride, int k, int n, T* panels)
    {
        PackRows<V, T> body = Body(source, stride, k, n, panels);
        for (int panel = 0; panel < Panels.Count<V, T>(n); panel++)
            body.Execute(panel, 0);
    }

    private static PackRows<V, T> Body(T* source, nint stride, int k, int n, T* panels) =>
        new() { _source = source, _stride = stride, _k = k, _n = n, _panels = panels };

    public readonly void Execute(int panel, int worker)
    {
        int width = Panels.Width<V, T>();
        int first = panel * width;
        T* destination = _panels + (long)first * _k;
        T* row = _source + first;
        if (_n - first >= width)
        {
            for (int k = 0; k < _k; k++, row += _stride, destination += width)
            {
                V.Store(V.Load(row), destination);
                V.Store(V.Load(row + V.Count), destination + V.Count);
            }
            return;
        }
        int columns = _n - first;
        new Span<T>(destination, width * _k).Clear();
        for (int k = 0; k < _k; k++, row += _stride, destination += width)
            new ReadOnlySpan<T>(row, columns).CopyTo(new Span<T>(destination, columns));
    }
}
