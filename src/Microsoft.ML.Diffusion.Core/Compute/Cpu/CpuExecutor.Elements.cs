namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    public override void Embed(Indices indices, Parameter table, Tensor y, bool accumulate) =>
        EmbeddingKernel<V, T>.Run(_loops, Lookup(table), new TableRows(Pointer(indices), 0), Pointer(y), y.Rows, y.Columns, accumulate);

    public override void EmbedBackward(Indices indices, Parameter table, Tensor dy) =>
        ScatterAdd(dy, table, new TableRows(Pointer(indices), 0));

    public override void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset) => EmbeddingKernel<V, T>.Run(
        _loops, Lookup(table), new TableRows(Positions(sequences), offset), Pointer(y), y.Rows, y.Columns, accumulate: true);

    public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset) =>
        ScatterAdd(dy, table, new TableRows(Positions(sequences), offset));

    public override void AddRow(Tensor y, Parameter table, int row) =>
        EmbeddingKernel<V, T>.Run(_loops, Lookup(table), new TableRows(null, row), Pointer(y), y.Rows, y.Columns, accumulate: true);

    public override void AddRowBackward(Tensor dy, Parameter table, int row) => ScatterAdd(dy, table, new TableRows(null, row));

    public override void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y,
        Tensor statistics) =>
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

    public override void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy,
        Tensor dsum, bool accumulate)
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

    public override void Gather(Tensor x, Indices rows, Tensor y) => Gather(x, Pointer(rows), y);

    public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate) =>
        GatherBackward(dy, Pointer(rows), dx, accumulate);

    public override void FirstRows(Tensor x, Sequences sequences, Tensor y) => Gather(x, Bounds(sequences), y);

    public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) =>
        GatherBackward(dy, Bounds(sequences), dx, accumulate);

    public override void MeanRows(Tensor x, Sequences sequences, Tensor y) =>
        MeanRowsKernel<V, T>.Run(_loops, Pointer(x), Bounds(sequences), Pointer(y), y.Rows, y.Columns);

    public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) =>
        MeanRowsBackwardKernel<V, T>.Run(_loops, Pointer(dy), Bounds(sequences), Pointer(dx), dy.Rows, dy.Columns, accumulate);

    public override void Copy(Tensor x, Tensor y, bool accumulate) =>
        CopyKernel<V, T>.Run(_loops, Pointer(x), Pointer(y), Length(x), accumulate);

    private void Gather(Tensor x, int* rows, Tensor y) => EmbeddingKernel<V, T>.Run(
        _loops, new LookupTable<T>(Pointer(x), 1), new TableRows(rows, 0), Pointer(y), y.Rows, y.Columns, accumulate: false);

    private void GatherBackward(Tensor dy, int* rows, Tensor dx, bool accumulate)
    {
        if (!accumulate)
            ClearKernel<T>.Run(_loops, Pointer(dx), Length(dx));
        ScatterAddKernel<V, T>.Run(_loops, Pointer(dy), new TableRows(rows, 0), Pointer(dx), dy.Rows, dy.Columns);
    }

    private void ScatterAdd(Tensor dy, Parameter table, TableRows rows)
    {
        if (table.Gradient is not null)
            ScatterAddKernel<V, T>.Run(_loops, Pointer(dy), rows, CpuEngine<V, T>.Pointer(table.Gradient), dy.Rows, dy.Columns);
    }

    private static LookupTable<T> Lookup(Parameter table) => table.Value is null && table.Packed is not null
        ? new(CpuEngine<V, T>.Pointer(table.Packed), Panels.Width<V, T>())
        : new(CpuEngine<V, T>.Pointer(table.Value), 1);

    private static long Length(Tensor tensor) => (long)tensor.Rows * tensor.Columns;
}
