namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    public override void Embed(ReadOnlySpan<int> indices, Parameter table, Tensor y, bool accumulate)
    {
        CheckCount(indices, y);
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)table.Rows)
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"'{table.Name}' has {table.Rows} rows; an index must be in [0, {table.Rows}).");
        }
        fixed (int* pointer = indices)
        {
            if (table.Value is null && table.Packed is not null)
            {
                EmbeddingKernel<V, T>.RunPacked(_loops, CpuEngine<V, T>.Pointer(table.Packed), pointer, Pointer(y), y.Rows, y.Columns, accumulate);
                return;
            }
            EmbeddingKernel<V, T>.Run(_loops, CpuEngine<V, T>.Pointer(table.Value), pointer, Pointer(y), y.Rows, y.Columns, accumulate);
        }
    }

    public override void EmbedBackward(ReadOnlySpan<int> indices, Parameter table, Tensor dy)
    {
        if (table.Gradient is null)
            return;
        fixed (int* pointer = indices)
            ScatterAddKernel<V, T>.Run(_loops, Pointer(dy), pointer, CpuEngine<V, T>.Pointer(table.Gradient), dy.Rows, dy.Columns);
    }

    public override void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y, Tensor statistics) =>
        _loops.Run(LayerNormKernel<V, T>.Items(a.Rows), new LayerNormKernel<V, T>
        {
            A = Pointer(a),
            B = b is Tensor second ? Pointer(second) : null,
            Weight = CpuEngine<V, T>.Pointer(weight.Value),
            Bias = bias is null ? null : CpuEngine<V, T>.Pointer(bias.Value),
            Sum = Pointer(sum),
            Y = Pointer(y),
            Statistics = Pointer(statistics),
            Rows = a.Rows,
            Width = a.Columns,
            Epsilon = epsilon,
        });

    public override void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum, bool accumulate)
    {
        int items = LayerNormBackwardKernel<V, T>.Items(sum.Rows), width = sum.Columns;
        T* shares = Scratch(2L * items * width);
        _loops.Run(items, new LayerNormBackwardKernel<V, T>
        {
            X = Pointer(sum),
            Weight = CpuEngine<V, T>.Pointer(weight.Value),
            Statistics = Pointer(statistics),
            Dy = Pointer(dy),
            Dx = Pointer(dsum),
            Shares = shares,
            Rows = sum.Rows,
            Width = width,
            Accumulate = accumulate,
        });
        if (weight.Gradient is not null)
            ColumnSumKernel<V, T>.Run(_loops, shares, 2 * width, items, width, CpuEngine<V, T>.Pointer(weight.Gradient));
        if (bias?.Gradient is not null)
            ColumnSumKernel<V, T>.Run(_loops, shares + width, 2 * width, items, width, CpuEngine<V, T>.Pointer(bias.Gradient));
    }

    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        ActivationKernel<V, T>.Run(_loops, activation, Pointer(x), Pointer(y), Length(x));

    public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) =>
        ActivationKernel<V, T>.RunBackward(_loops, activation, Pointer(x), Pointer(dy), Pointer(dx), Length(x), accumulate);

    public override void Gate(Tensor x, Activation activation, Tensor y) =>
        GateKernel<V, T>.Run(_loops, activation, Pointer(x), Pointer(y), y.Rows, y.Columns);

    public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) =>
        GateKernel<V, T>.RunBackward(_loops, activation, Pointer(x), Pointer(dy), Pointer(dx), dy.Rows, dy.Columns, accumulate);

    public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate) =>
        DropoutKernel<V, T>.Run(_loops, Pointer(x), Pointer(y), Length(x), rate, key, accumulate);

    public override void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        CheckCount(rows, y);
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)x.Rows)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"A row must be in [0, {x.Rows}).");
        }
        fixed (int* pointer = rows)
            EmbeddingKernel<V, T>.Run(_loops, Pointer(x), pointer, Pointer(y), y.Rows, y.Columns, accumulate: false);
    }

    public override void GatherBackward(Tensor dy, ReadOnlySpan<int> rows, Tensor dx, bool accumulate)
    {
        if (!accumulate)
            ClearKernel<T>.Run(_loops, Pointer(dx), Length(dx));
        fixed (int* pointer = rows)
            ScatterAddKernel<V, T>.Run(_loops, Pointer(dy), pointer, Pointer(dx), dy.Rows, dy.Columns);
    }

    public override void MeanRows(Tensor x, ReadOnlySpan<int> bounds, Tensor y)
    {
        CheckCount(bounds[1..], y);
        for (int i = 0; i < y.Rows; i++)
        {
            if (bounds[i] >= bounds[i + 1])
                throw new ArgumentException($"Sequence {i} is empty and has no mean.", nameof(bounds));
        }
        fixed (int* pointer = bounds)
            MeanRowsKernel<V, T>.Run(_loops, Pointer(x), pointer, Pointer(y), y.Rows, y.Columns);
    }

    public override void MeanRowsBackward(Tensor dy, ReadOnlySpan<int> bounds, Tensor dx, bool accumulate)
    {
        fixed (int* pointer = bounds)
            MeanRowsBackwardKernel<V, T>.Run(_loops, Pointer(dy), pointer, Pointer(dx), dy.Rows, dy.Columns, accumulate);
    }

    public override void Copy(Tensor x, Tensor y, bool accumulate) => CopyKernel<V, T>.Run(_loops, Pointer(x), Pointer(y), Length(x), accumulate);

    private static void CheckCount(ReadOnlySpan<int> indices, Tensor y)
    {
        if (indices.Length != y.Rows)
            throw new ArgumentException($"A tensor of {y.Rows} rows was given {indices.Length} indices; give one for each row.", nameof(indices));
    }

    private static long Length(Tensor tensor) => (long)tensor.Rows * tensor.Columns;
}
