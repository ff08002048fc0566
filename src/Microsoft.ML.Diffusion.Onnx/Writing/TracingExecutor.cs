using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Writes down a model's forward pass as the nodes of a graph. The pass runs once, on one sequence; the graph has its rows as [batch ×
/// sequence × width], and those of pooled sequences as [batch × width].
/// </summary>
/// <param name="operators">The graph.</param>
/// <param name="weights">The nodes with weights.</param>
/// <param name="inputs">The graph's inputs.</param>
/// <param name="maxLength">The longest sequence.</param>
internal sealed partial class TracingExecutor(GraphOperators operators, IWeightNodes weights, GraphInputs inputs, int maxLength) : Executor
{
    private readonly List<TracedValue> _values = [];
    private readonly List<int[]> _indices = [];
    private int _sequences;

    public override long PeakElements => 0;

    /// <summary>The name of a tensor in the graph.</summary>
    public string NameOf(Tensor tensor) => _values[tensor.Index].Name;

    public override void Reset()
    {
        _values.Clear();
        _indices.Clear();
        _sequences = 0;
    }

    public override Tensor Allocate(int rows, int columns)
    {
        _values.Add(new TracedValue());
        return new Tensor(_values.Count - 1, rows, columns);
    }

    public override Tensor View(Tensor tensor, int firstRow, int rows) =>
        firstRow == 0 && rows == tensor.Rows ? tensor : throw IsNotExported("A view of some rows");

    public override ArenaMark Mark() => new(_values.Count);

    /// <summary>Keeps all values: they are names alone.</summary>
    public override void Release(ArenaMark mark, Span<Tensor> keep)
    {
    }

    public override void Embed(Indices indices, Parameter table, Tensor y, bool accumulate)
    {
        string ids = !accumulate ? inputs.InputIds
            : inputs.TokenTypeIds ?? throw IsNotExported($"Looking up '{table.Name}' by other indices than tokens and their types");
        string rows = weights.Embed(ids, table, table.Name);
        Set(y, accumulate ? operators.Add(NameOf(y), rows, "embeddings") : rows);
    }

    public override void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset) =>
        Set(y, operators.Add(NameOf(y), weights.Embed(inputs.Positions(offset), table, table.Name), "embeddings"));

    public override void AddRow(Tensor y, Parameter table, int row) =>
        Set(y, operators.Add(NameOf(y), operators.Pick(weights.Constant(table), row, 0, table.Name), "embeddings"));

    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
    {
        string wish = LayerName(weight);
        Set(y, operators.Activate(weights.Linear(NameOf(x), weight, bias, wish), activation, wish));
    }

    public override void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y,
        Tensor statistics)
    {
        if (b is Tensor added)
            Set(sum, operators.Add(NameOf(a), NameOf(added)));
        Set(y, operators.LayerNorm(
            NameOf(sum), weights.Constant(weight), bias is null ? null : weights.Constant(bias), epsilon, LayerName(weight)));
    }

    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        Set(y, operators.Activate(NameOf(x), activation, "activated"));

    public override void Gate(Tensor x, Activation activation, Tensor y)
    {
        string first = operators.Slice(NameOf(x), 0, y.Columns, -1, "gate"), second = operators.Slice(
            NameOf(x), y.Columns, x.Columns, -1, "gated");
        Set(y, operators.Mul(operators.Activate(first, activation, "gate"), second));
    }

    public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse)
    {
        if (inverse)
            throw IsForTraining();
        TracedValue value = _values[qkv.Index];
        (string q, string k, string v) = HeadsOf(qkv, heads);
        int width = qkv.Columns / 3 / heads;
        (string cosines, string sines) = inputs.Rotation(width, theta, maxLength);
        value.Heads = (Rotated(q), Rotated(k), v);

        string Rotated(string x)
        {
            string a = operators.Slice(x, 0, width / 2, -1, "first_half"), b = operators.Slice(x, width / 2, width, -1, "second_half");
            string first = operators.Sub(operators.Mul(a, cosines), operators.Mul(b, sines));
            string second = operators.Add(operators.Mul(b, cosines), operators.Mul(a, sines));
            return operators.Node("Concat", "rotated", [first, second], ("axis", -1L));
        }
    }

    public override void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout)
    {
        if (bias is not null)
            throw IsNotExported("A bias of attention by relative positions");
        (string q, string k, string v) = HeadsOf(qkv, heads);
        string scaled = operators.Mul(q, operators.Scalar((float)(1 / Math.Sqrt(y.Columns / heads))), "scaled_queries");
        string scores = operators.MatMul(scaled, operators.Transpose(k, "keys_transposed", 0, 1, 3, 2), "scores");
        string weighted = operators.Node("Softmax", "probabilities", [operators.Add(scores, inputs.ScoreMask(pattern), "scores")],
            ("axis", -1L));
        string context = operators.Transpose(operators.MatMul(weighted, v, "context"), "context", 0, 2, 1, 3);
        Set(y, operators.Reshape(context, "context", 0, 0, y.Columns));
    }

    /// <summary>All rows are passed on; the heads of tokens gather them.</summary>
    public override void Gather(Tensor x, Indices rows, Tensor y)
    {
        if (rows.Count != x.Rows || !_indices[rows.Index].SequenceEqual(Enumerable.Range(0, x.Rows)))
            throw IsNotExported("A selection of rows");
        Set(y, NameOf(x));
    }

    public override void FirstRows(Tensor x, Sequences sequences, Tensor y) => Set(y, operators.Pick(NameOf(x), 0, 1, "first_token"));

    public override void MeanRows(Tensor x, Sequences sequences, Tensor y)
    {
        string tokens = inputs.TokenWeights;
        string sum = operators.Mean(operators.Mul(NameOf(x), tokens), 1, keep: false, "sum");
        Set(y, operators.Div(sum, operators.Mean(tokens, 1, keep: false, "tokens"), "mean"));
    }

    public override void Copy(Tensor x, Tensor y, bool accumulate) =>
        Set(y, accumulate ? operators.Add(NameOf(y), NameOf(x)) : NameOf(x));

    protected override int StoreIndices(ReadOnlySpan<int> values)
    {
        _indices.Add(values.ToArray());
        return _indices.Count - 1;
    }

    protected override int StoreSequences(ReadOnlySpan<int> bounds) => _sequences++;

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>Queries, keys and values, each [batch × heads × sequence × head width].</summary>
    private (string Queries, string Keys, string Values) HeadsOf(Tensor qkv, int heads)
    {
        if (_values[qkv.Index].Heads is (string, string, string) known)
            return known;
        int width = qkv.Columns / 3;
        return (Part(0, "queries"), Part(1, "keys"), Part(2, "values"));

        string Part(int index, string wish)
        {
            string part = operators.Slice(NameOf(qkv), index * width, (index + 1) * width, -1, wish);
            return operators.Transpose(operators.Reshape(part, wish, 0, 0, heads, width / heads), wish, 0, 2, 1, 3);
        }
    }

    private void Set(Tensor tensor, string name) => _values[tensor.Index].Name = name;

    private static string LayerName(Parameter weight) =>
        weight.Name.EndsWith(".weight", StringComparison.Ordinal) ? weight.Name[..^".weight".Length] : weight.Name;

    private static NotSupportedException IsNotExported(string what) =>
        new($"{what} has no form in ONNX graphs here. Keep the model as a directory, or export another output of it.");

    /// <summary>A tensor's name in the graph; of queries, keys and values that were rotated, each one's.</summary>
    private sealed class TracedValue
    {
        private string? _name;

        public (string Queries, string Keys, string Values)? Heads { get; set; }

        public string Name
        {
            get => _name ?? throw new InvalidOperationException("A tensor was read before it was computed.");
            set => (_name, Heads) = (value, null);
        }
    }
}
