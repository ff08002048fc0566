using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests.ToyGpu;

/// <summary>The primitives of <see cref="ToyGpuEngine"/>: those of another executor, whose handles are its own.</summary>
internal sealed class ToyGpuExecutor(ToyGpuEngine engine, Executor executor) : Executor
{
    private long _elements;

    public override long PeakElements => executor.PeakElements;

    public override void Reset()
    {
        _elements = 0;
        executor.Reset();
    }

    public override Tensor Allocate(int rows, int columns)
    {
        _elements += (long)rows * columns;
        ToyGpuEngine.Check(_elements, engine.MostElements);
        return executor.Allocate(rows, columns);
    }

    public override Tensor View(Tensor tensor, int firstRow, int rows) => executor.View(tensor, firstRow, rows);

    public override ArenaMark Mark() => executor.Mark();

    public override void Release(ArenaMark mark, Span<Tensor> keep) => executor.Release(mark, keep);

    public override void Write(Tensor tensor, ReadOnlySpan<float> values) => executor.Write(tensor, values);

    public override void Read(Tensor tensor, Span<float> values) => executor.Read(tensor, values);

    protected override int StoreIndices(ReadOnlySpan<int> values)
    {
        engine.CountWrite();
        return executor.WriteIndices(values).Index;
    }

    protected override int StoreSequences(ReadOnlySpan<int> bounds)
    {
        engine.CountWrite();
        return executor.WriteSequences(bounds).Index;
    }

    public override double Read(Loss loss)
    {
        engine.CountLoss();
        return executor.Read(loss);
    }

    public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns) =>
        executor.ReadTop(x, count, logSumExp, values, columns);

    public override void Embed(Indices indices, Parameter table, Tensor y, bool accumulate) =>
        executor.Embed(indices, table, y, accumulate);

    public override void EmbedBackward(Indices indices, Parameter table, Tensor dy) => executor.EmbedBackward(indices, table, dy);

    public override void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset) =>
        executor.AddPositions(y, table, sequences, offset);

    public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset) =>
        executor.AddPositionsBackward(dy, table, sequences, offset);

    public override void AddRow(Tensor y, Parameter table, int row) => executor.AddRow(y, table, row);

    public override void AddRowBackward(Tensor dy, Parameter table, int row) => executor.AddRowBackward(dy, table, row);

    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y) =>
        executor.Linear(x, weight, bias, activation, y);

    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate) =>
        executor.LinearBackward(x, weight, bias, dy, dx, accumulate);

    public override void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y,
        Tensor statistics) =>
        executor.AddLayerNorm(a, b, weight, bias, epsilon, sum, y, statistics);

    public override void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum,
        bool accumulate) =>
        executor.LayerNormBackward(sum, weight, bias, statistics, dy, dsum, accumulate);

    public override void Activate(Tensor x, Activation activation, Tensor y) => executor.Activate(x, activation, y);

    public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) =>
        executor.ActivateBackward(x, activation, dy, dx, accumulate);

    public override void Gate(Tensor x, Activation activation, Tensor y) => executor.Gate(x, activation, y);

    public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) =>
        executor.GateBackward(x, activation, dy, dx, accumulate);

    public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse) =>
        executor.Rotate(qkv, sequences, heads, theta, inverse);

    public override void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout) =>
        executor.Attend(qkv, sequences, heads, pattern, bias, y, logSumExp, dropout);

    public override void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp,
        Tensor dy, Tensor dqkv,
        Tensor? dbias, bool accumulate, AttentionDropout dropout) =>
        executor.AttendBackward(qkv, sequences, heads, pattern, bias, y, logSumExp, dy, dqkv, dbias, accumulate, dropout);

    public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate) =>
        executor.Dropout(x, rate, key, y, accumulate);

    public override void Gather(Tensor x, Indices rows, Tensor y) => executor.Gather(x, rows, y);

    public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate) =>
        executor.GatherBackward(dy, rows, dx, accumulate);

    public override void FirstRows(Tensor x, Sequences sequences, Tensor y) => executor.FirstRows(x, sequences, y);

    public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) =>
        executor.FirstRowsBackward(dy, sequences, dx, accumulate);

    public override void MeanRows(Tensor x, Sequences sequences, Tensor y) => executor.MeanRows(x, sequences, y);

    public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) =>
        executor.MeanRowsBackward(dy, sequences, dx, accumulate);

    public override void Copy(Tensor x, Tensor y, bool accumulate) => executor.Copy(x, y, accumulate);

    public override Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx,
        double smoothing) =>
        executor.LinearCrossEntropy(x, weight, bias, targets, weights, dx, smoothing);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            executor.Dispose();
    }
}
