namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Rows of tables and of tensors.</summary>
internal sealed partial class TorchExecutor
{
    /// <inheritdoc/>
    public override void Embed(Indices indices, Parameter table, Tensor y, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, Matrix(table).index_select(0, Of(indices)), accumulate);
    }

    /// <inheritdoc/>
    public override void EmbedBackward(Indices indices, Parameter table, Tensor dy)
    {
        using DisposeScope scope = NewDisposeScope();
        if (Gradient(table) is TorchTensor gradient)
            AddRows(gradient, Of(indices), Single(dy));
    }

    /// <inheritdoc/>
    public override void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset)
    {
        using DisposeScope scope = NewDisposeScope();
        if (sequences.Rows == 0)
            return;
        TorchTensor rows = Matrix(table).narrow(0, offset, sequences.Longest);
        if (Of(sequences).AreEqual)
            Of(y).view(sequences.Count, sequences.Longest, y.Columns).add_(rows);
        else
            Of(y).add_(rows.index_select(0, Of(sequences).Positions));
    }

    /// <inheritdoc/>
    public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset)
    {
        using DisposeScope scope = NewDisposeScope();
        if (sequences.Rows == 0 || Gradient(table) is not TorchTensor gradient)
            return;
        TorchTensor rows = gradient.narrow(0, offset, sequences.Longest);
        if (Of(sequences).AreEqual)
            rows.add_(Single(dy).view(sequences.Count, sequences.Longest, dy.Columns).sum(dim: 0L));
        else
            AddRows(rows, Of(sequences).Positions, Single(dy));
    }

    /// <inheritdoc/>
    public override void AddRow(Tensor y, Parameter table, int row)
    {
        using DisposeScope scope = NewDisposeScope();
        Of(y).add_(Matrix(table).narrow(0, row, 1));
    }

    /// <inheritdoc/>
    public override void AddRowBackward(Tensor dy, Parameter table, int row)
    {
        using DisposeScope scope = NewDisposeScope();
        if (Gradient(table) is TorchTensor gradient)
            gradient.select(0, row).add_(Single(dy).sum(dim: 0L));
    }

    /// <inheritdoc/>
    public override void Gather(Tensor x, Indices rows, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, Of(x).index_select(0, Of(rows)));
    }

    /// <inheritdoc/>
    public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!accumulate)
            Put(dx, zeros([dx.Rows, dx.Columns], ScalarType.Float32, engine.Device));
        TorchTensor gradient = Of(dx);
        AddRows(gradient, Of(rows), Of(dy).to(gradient.dtype));
    }

    /// <inheritdoc/>
    public override void FirstRows(Tensor x, Sequences sequences, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, Of(x).index_select(0, Of(sequences).FirstRows));
    }

    /// <inheritdoc/>
    public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!accumulate)
            Put(dx, zeros([dx.Rows, dx.Columns], ScalarType.Float32, engine.Device));
        TorchTensor gradient = Of(dx);
        if (dy.Rows > 0)
            gradient.index_add_(0, Of(sequences).FirstRows, Of(dy).to(gradient.dtype), Scalars.One); // each row once
    }

    /// <inheritdoc/>
    public override void MeanRows(Tensor x, Sequences sequences, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor input = Single(x);
        List<TorchTensor> sums = [.. Of(sequences).Padded.Select(padded =>
            scripts.Run("sum_rows", padded.RowsOf(input), padded.Places, padded.Count, padded.Longest))];
        Put(y, Join(sums, y).div(Of(sequences).Lengths));
    }

    /// <inheritdoc/>
    public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(dx, Single(dy).div(Of(sequences).Lengths).index_select(0, Of(sequences).SequenceOfRow), accumulate);
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, accumulate ? Of(x) : Of(x).clone(), accumulate);
    }

    /// <summary>target[rows] += values, a row perhaps more than once, in an order that does not change.</summary>
    private void AddRows(TorchTensor target, TorchTensor rows, TorchTensor values)
    {
        if (rows.shape[0] == 0)
            return;
        // On a GPU index_add_ adds in any order; index_put_ sorts first.
        if (engine.Device.type == DeviceType.CPU)
            target.index_add_(0, rows, values, Scalars.One);
        else
            target.index_put_(values, [rows], accumulate: true);
    }
}
