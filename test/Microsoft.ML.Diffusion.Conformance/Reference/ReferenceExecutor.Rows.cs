using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Rows that are looked up, picked and pooled.</summary>
public partial class ReferenceExecutor
{
    /// <inheritdoc/>
    public override void Embed(Indices indices, Parameter table, Tensor y, bool accumulate) =>
        Pick(Values(table), Of(indices), Of(y), accumulate);

    /// <inheritdoc/>
    public override void EmbedBackward(Indices indices, Parameter table, Tensor dy) => Scatter(Of(dy), Of(indices), Gradient(table));

    /// <inheritdoc/>
    public override void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset) =>
        Pick(Values(table), Positions(sequences, offset), Of(y), accumulate: true);

    /// <inheritdoc/>
    public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset) =>
        Scatter(Of(dy), Positions(sequences, offset), Gradient(table));

    /// <inheritdoc/>
    public override void AddRow(Tensor y, Parameter table, int row) => Pick(Values(table), Repeat(row, y.Rows), Of(y), accumulate: true);

    /// <inheritdoc/>
    public override void AddRowBackward(Tensor dy, Parameter table, int row) => Scatter(Of(dy), Repeat(row, dy.Rows), Gradient(table));

    /// <inheritdoc/>
    public override void Gather(Tensor x, Indices rows, Tensor y) => Pick(Of(x), Of(rows), Of(y), accumulate: false);

    /// <inheritdoc/>
    public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate)
    {
        if (!accumulate)
            Of(dx).Elements.Clear();
        Scatter(Of(dy), Of(rows), Of(dx));
    }

    /// <inheritdoc/>
    public override void FirstRows(Tensor x, Sequences sequences, Tensor y) => Pick(Of(x), FirstRows(sequences), Of(y), accumulate: false);

    /// <inheritdoc/>
    public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate)
    {
        if (!accumulate)
            Of(dx).Elements.Clear();
        Scatter(Of(dy), FirstRows(sequences), Of(dx));
    }

    /// <inheritdoc/>
    public override void MeanRows(Tensor x, Sequences sequences, Tensor y)
    {
        Matrix from = Of(x), to = Of(y);
        to.Elements.Clear();
        foreach (((int first, int end), int sequence) in Of(sequences).Select((bounds, i) => (bounds, i)))
        {
            for (int row = first; row < end; row++)
            {
                for (int i = 0; i < from.Columns; i++)
                    to[sequence, i] += from[row, i] / (end - first);
            }
        }
    }

    /// <inheritdoc/>
    public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate)
    {
        Matrix from = Of(dy), to = Of(dx);
        foreach (((int first, int end), int sequence) in Of(sequences).Select((bounds, i) => (bounds, i)))
        {
            for (int row = first; row < end; row++)
            {
                for (int i = 0; i < from.Columns; i++)
                    Put(ref to[row, i], from[sequence, i] / (end - first), accumulate);
            }
        }
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y, bool accumulate)
    {
        Span<double> from = Of(x).Elements, to = Of(y).Elements;
        for (int i = 0; i < to.Length; i++)
            Put(ref to[i], from[i], accumulate);
    }

    /// <summary>y = x[rows], or y += it.</summary>
    private static void Pick(Matrix x, int[] rows, Matrix y, bool accumulate)
    {
        for (int row = 0; row < y.Rows; row++)
        {
            for (int i = 0; i < y.Columns; i++)
                Put(ref y[row, i], x[rows[row], i], accumulate);
        }
    }

    /// <summary>dx[rows] += dy: a row may be there more than once.</summary>
    private static void Scatter(Matrix dy, int[] rows, Matrix? dx)
    {
        if (dx is not Matrix gradient)
            return;
        for (int row = 0; row < dy.Rows; row++)
        {
            for (int i = 0; i < dy.Columns; i++)
                gradient[rows[row], i] += dy[row, i];
        }
    }

    private int[] Positions(Sequences sequences, int offset) =>
        [.. Of(sequences).SelectMany(bounds => Enumerable.Range(offset, bounds.End - bounds.First))];

    private int[] FirstRows(Sequences sequences) => [.. Of(sequences).Select(bounds => bounds.First)];

    private static int[] Repeat(int row, int count) => [.. Enumerable.Repeat(row, count)];
}
