using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>What a graph for inference does not have.</summary>
internal sealed partial class TracingExecutor
{
    public override void Write(Tensor tensor, ReadOnlySpan<float> values) => throw IsNotExported("A tensor from outside the model");

    public override void Read(Tensor tensor, Span<float> values) => throw HasNoValues();

    public override double Read(Loss loss) => throw HasNoValues();

    public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns) => throw HasNoValues();

    public override void EmbedBackward(Indices indices, Parameter table, Tensor dy) => throw IsForTraining();

    public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset) => throw IsForTraining();

    public override void AddRowBackward(Tensor dy, Parameter table, int row) => throw IsForTraining();

    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate) =>
        throw IsForTraining();

    public override void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy,
        Tensor dsum, bool accumulate) => throw IsForTraining();

    public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) => throw IsForTraining();

    public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) => throw IsForTraining();

    public override void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp,
        Tensor dy, Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout) => throw IsForTraining();

    public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate) => throw IsForTraining();

    public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate) => throw IsForTraining();

    public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) => throw IsForTraining();

    public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) => throw IsForTraining();

    public override Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx,
        double smoothing) => throw IsForTraining();

    private static NotSupportedException IsForTraining() =>
        new("Only a model's forward pass for inference has a form in ONNX graphs; training runs on another engine.");

    private static NotSupportedException HasNoValues() => new("A graph has no values before it is run.");
}
