using System.Numerics.Tensors;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Weights as 8-bit integers, symmetric, with a scale for each output of a linear layer and each row of a table. Inputs of linear layers
/// are rounded as the model runs, in the nodes that ONNX Runtime's dynamic quantizer writes and its CPU engine fuses to one. Vectors,
/// positions, token types and small layers of heads stay floats.
/// </summary>
/// <remarks>
/// ONNX Runtime rounds an input with one scale for all of a batch. Some tokens, above all the special ones, have numbers many times those
/// of others, which would leave the others a few steps. So each token's numbers are divided by the greatest of them before they are
/// rounded, and the result is multiplied by it, as this library's own 8-bit layers do. On a MiniLM that was fine-tuned on 20,000 sentences
/// of SST-2 and 872 others, one by one, the mean difference of the logits' margin to the float model's (4.3 on average) is 0.074 so, and
/// 0.172 without, at the same speed; 0.106 without and with the second feed-forward layers in floats, which is slower.
/// </remarks>
/// <param name="operators">The graph.</param>
/// <param name="graph">The graph, of a file.</param>
/// <param name="engine">The engine of the weights.</param>
internal sealed class Int8WeightNodes(GraphOperators operators, IStreamedConstants graph, Engine engine) : IWeightNodes
{
    /// <summary>
    /// The greatest weight in products, of 7 bits: AVX2's instruction for them sums two products in 16 bits, and saturates with 8 bits. On
    /// MiniLM and 250 sentences (mean cosine to the float embeddings, all inputs rounded; sentences a second on a processor with AVX2): 7
    /// bits signed 0.9913 and 111, 8 bits signed 0.9908 and 97, 8 bits unsigned 0.9926 and 89.
    /// </summary>
    private const int GreatestFactor = 63;

    /// <summary>The greatest number in a table that is only looked up.</summary>
    private const int GreatestEntry = 127;

    /// <summary>The least number by which a row is divided, for a row of zeros.</summary>
    private const float LeastDivisor = 1e-12f;

    /// <summary>A head's layer with fewer outputs stays in floats: it is small, and its rounding would go right into the logits.</summary>
    private const int LeastHeadOutputs = 1024;

    /// <summary>A table with fewer rows stays in floats.</summary>
    private const int LeastTableRows = 1024;

    private readonly FloatWeightNodes _floats = new(operators, engine);
    private readonly Dictionary<string, RoundedInput> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<Parameter, (string Values, string Scales)> _tables = [];
    private readonly Dictionary<Parameter, (string Values, string Scales, string Zero)> _matrices = [];
    private readonly Dictionary<Parameter, float[]> _scales = [];

    public string Linear(string x, Parameter weight, Parameter? bias, string wish)
    {
        if (weight.Part == ModelPart.Head && weight.Rows < LeastHeadOutputs)
            return _floats.Linear(x, weight, bias, wish);
        if (!_inputs.TryGetValue(x, out RoundedInput? input))
            _inputs[x] = input = Round(x);
        (string values, string scales, string zero) = Matrix(weight);
        string product = operators.Node("MatMulInteger", wish + ".int32", [input.Values, values, input.Zero, zero]);
        string number = operators.Cast(product, GraphOperators.Float, wish + ".float");
        string result = operators.Mul(
            operators.Mul(number, operators.Mul(input.Scale, scales, wish + ".scales"), wish), input.Greatest, wish);
        return bias is null ? result : operators.Add(result, Constant(bias), wish);
    }

    public string Embed(string indices, Parameter table, string wish)
    {
        if (table.Rows < LeastTableRows)
            return _floats.Embed(indices, table, wish);
        if (!_tables.TryGetValue(table, out (string Values, string Scales) constants))
        {
            constants = (
                graph.AddConstant(table.Name + ".int8", [table.Rows, table.Columns], isSigned: true,
                    () => Rounded(table, transposed: false)),
                graph.AddConstant(table.Name + ".row_scale", [table.Rows, 1], () => Scales(table)));
            _tables[table] = constants;
        }
        string rows = operators.Node("Gather", wish + ".int8", [constants.Values, indices], ("axis", 0L));
        string rowScales = operators.Node("Gather", wish + ".scales", [constants.Scales, indices], ("axis", 0L));
        return operators.Mul(operators.Cast(rows, GraphOperators.Float, wish + ".float"), rowScales, wish);
    }

    public string Constant(Parameter parameter) => _floats.Constant(parameter);

    /// <summary>An input of linear layers, divided by the greatest number of each row, and rounded.</summary>
    private RoundedInput Round(string x)
    {
        string greatest = operators.Node("Max", x + ".greatest",
            [operators.RowMax(operators.Node("Abs", x + ".magnitudes", [x]), x + ".greatest"), operators.Scalar(LeastDivisor)]);
        string[] rounded = operators.Graph.AddNode(
            "DynamicQuantizeLinear", [operators.Div(x, greatest, x + ".divided")], [x + ".int8", x + ".scale", x + ".zero"]);
        return new RoundedInput(rounded[0], rounded[1], rounded[2], greatest);
    }

    /// <summary>
    /// A weight as a product's second factor: transposed values, scales, and the zero. A tied decoder's values are the table's, transposed
    /// by a node.
    /// </summary>
    private (string Values, string Scales, string Zero) Matrix(Parameter weight)
    {
        if (_matrices.TryGetValue(weight, out (string, string, string) known))
            return known;
        string values = _tables.TryGetValue(weight, out (string Values, string Scales) table)
            ? operators.Transpose(table.Values, weight.Name + ".int8_transposed", 1, 0)
            : graph.AddConstant(weight.Name + ".int8", [weight.Columns, weight.Rows], isSigned: true,
                () => Rounded(weight, transposed: true));
        string scales = graph.AddConstant(weight.Name + ".scale", [weight.Rows], () => Scales(weight));
        string zero = graph.AddConstant(weight.Name + ".zero", [weight.Rows], isSigned: true, () => new byte[weight.Rows]);
        return _matrices[weight] = (values, scales, zero);
    }

    /// <summary>The scale of each row; called when all nodes are there, and it is known what is multiplied.</summary>
    private float[] Scales(Parameter parameter)
    {
        if (_scales.TryGetValue(parameter, out float[]? known))
            return known;
        int greatestInteger = _matrices.ContainsKey(parameter) ? GreatestFactor : GreatestEntry;
        float[] scales = new float[parameter.Rows], row = new float[parameter.Columns];
        for (int i = 0; i < scales.Length; i++)
        {
            engine.Read(parameter, (long)i * row.Length, row);
            float greatest = TensorPrimitives.MaxMagnitude(row);
            scales[i] = greatest != 0 ? MathF.Abs(greatest) / greatestInteger : 1;
        }
        return _scales[parameter] = scales;
    }

    private byte[] Rounded(Parameter parameter, bool transposed)
    {
        float[] scales = Scales(parameter), row = new float[parameter.Columns];
        var values = new byte[checked(parameter.Rows * parameter.Columns)];
        for (int i = 0; i < parameter.Rows; i++)
        {
            engine.Read(parameter, (long)i * row.Length, row);
            for (int j = 0; j < row.Length; j++)
            {
                int index = transposed ? j * parameter.Rows + i : i * parameter.Columns + j;
                values[index] = (byte)(sbyte)MathF.Round(row[j] / scales[i]);
            }
        }
        return values;
    }

    /// <summary>The names of an input's integers, of their scale and zero, and of the greatest number of each row.</summary>
    private sealed record RoundedInput(string Values, string Scale, string Zero, string Greatest);
}
