using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>The primitives of <see cref="ReferenceEngine"/>: this part has what is behind handles; the others compute.</summary>
public partial class ReferenceExecutor : Executor
{
    private readonly List<Matrix> _tensors = [];
    private readonly List<int[]> _indices = [];
    private readonly List<int[]> _bounds = [];
    private readonly List<double> _losses = [];
    private long _live;
    private long _peak;

    /// <inheritdoc/>
    public override long PeakElements => _peak;

    /// <inheritdoc/>
    public override void Reset()
    {
        _tensors.Clear();
        _indices.Clear();
        _bounds.Clear();
        _losses.Clear();
        _live = 0;
    }

    /// <inheritdoc/>
    public override Tensor Allocate(int rows, int columns)
    {
        _live += (long)rows * columns;
        _peak = Math.Max(_peak, _live);
        return Add(new Matrix(new double[rows * columns], 0, rows, columns));
    }

    /// <inheritdoc/>
    public override Tensor View(Tensor tensor, int firstRow, int rows) => Add(Of(tensor).View(firstRow, rows));

    /// <summary>A mark is the number of tensors that there are.</summary>
    public override ArenaMark Mark() => new(_tensors.Count);

    /// <inheritdoc/>
    public override void Release(ArenaMark mark, Span<Tensor> keep)
    {
        Matrix[] kept = [.. keep.ToArray().Select(Of)];
        _tensors.RemoveRange(mark.Index, _tensors.Count - mark.Index);
        for (int i = 0; i < keep.Length; i++)
        {
            if (keep[i].Index >= mark.Index)
                keep[i] = Add(kept[i]);
        }
        _live = _tensors.Select(matrix => matrix.Memory).Distinct().Sum(memory => (long)memory.Length);
    }

    /// <inheritdoc/>
    public override void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        Span<double> elements = Of(tensor).Elements;
        for (int i = 0; i < values.Length; i++)
            elements[i] = values[i];
    }

    /// <inheritdoc/>
    public override void Read(Tensor tensor, Span<float> values)
    {
        Span<double> elements = Of(tensor).Elements;
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)elements[i];
    }

    /// <inheritdoc/>
    public override double Read(Loss loss) => _losses[loss.Index];

    /// <inheritdoc/>
    protected override int StoreIndices(ReadOnlySpan<int> values)
    {
        _indices.Add(values.ToArray());
        return _indices.Count - 1;
    }

    /// <inheritdoc/>
    protected override int StoreSequences(ReadOnlySpan<int> bounds)
    {
        _bounds.Add(bounds.ToArray());
        return _bounds.Count - 1;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The runtime frees arrays.
    }

    /// <summary>What is behind a handle.</summary>
    private Matrix Of(Tensor tensor) => _tensors[tensor.Index];

    private int[] Of(Indices indices) => _indices[indices.Index];

    /// <summary>The sequences' first rows, and the rows behind their last.</summary>
    private IEnumerable<(int First, int End)> Of(Sequences sequences) => _bounds[sequences.Index].Zip(_bounds[sequences.Index].Skip(1));

    private static Matrix Values(Parameter parameter) => new(ReferenceEngine.Values(parameter.Value), 0, parameter.Rows, parameter.Columns);

    /// <summary>A parameter's gradient; null where it is frozen, or where there is no parameter.</summary>
    private static Matrix? Gradient(Parameter? parameter) =>
        parameter?.Gradient is null ? null : new Matrix(ReferenceEngine.Values(parameter.Gradient), 0, parameter.Rows, parameter.Columns);

    private Tensor Add(Matrix matrix)
    {
        _tensors.Add(matrix);
        return new Tensor(_tensors.Count - 1, matrix.Rows, matrix.Columns);
    }

    private static void Put(ref double target, double value, bool accumulate) => target = accumulate ? target + value : value;
}
