using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Weights as 8-bit integers, symmetric, with a scale for each output of a linear layer and each row of a table. Inputs of linear layers
/// are rounded as the model runs, in the nodes that ONNX Runtime's dynamic quantizer writes and its CPU engine fuses. Vectors, positions,
/// token types and small layers of heads stay floats.
/// </summary>
/// <param name="operators">The graph.</param>
/// <param name="graph">The graph, of a file.</param>
/// <param name="engine">The engine of the weights.</param>
internal sealed class Int8WeightNodes(GraphOperators operators, IStreamedConstants graph, Engine engine) : IWeightNodes
{
    /// <summary>
    /// The greatest weight, of 7 bits. The products of two 8-bit weights overflow the 16-bit sums of AVX2's instruction for them, which
    /// saturates.
    /// </summary>
    private const int GreatestWeight = 63;

    /// <summary>A head's layer with fewer outputs stays in floats: it is small, and its rounding would go straight into the logits.</summary>
    private const int LeastHeadOutputs = 1024;

    private readonly FloatWeightNodes _floats = new(operators, engine);
    private readonly Dictionary<string, string[]> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<Parameter, (string Values, string Scales, float[] Numbers)> _tables = [];
    private readonly Dictionary<Parameter, (string Values, string Scales, string Zero)> _matrices = [];

    public string Linear(string x, Parameter weight, Parameter? bias, string wish)
    {
        if (weight.Part == ModelPart.Head && weight.Rows < LeastHeadOutputs)
            return _floats.Linear(x, weight, bias, wish);
        if (!_inputs.TryGetValue(x, out string[]? input))
            _inputs[x] = input = operators.Graph.AddNode("DynamicQuantizeLinear", [x], [x + ".int8", x + ".scale", x + ".zero"]);
        (string values, string scales, string zero) = Matrix(weight);
        string product = operators.Node("MatMulInteger", wish + ".int32", [input[0], values, input[2], zero]);
        string number = operators.Cast(product, GraphOperators.Float, wish + ".float");
        string result = operators.Mul(number, operators.Mul(input[1], scales, wish + ".scales"), wish);
        return bias is null ? result : operators.Add(result, Constant(bias), wish);
    }

    public string Embed(string indices, Parameter table, string wish)
    {
        if (table.Rows < LeastHeadOutputs)
            return _floats.Embed(indices, table, wish);
        (string values, string scales, _) = Table(table);
        string rows = operators.Node("Gather", wish + ".int8", [values, indices], ("axis", 0L));
        string rowScales = operators.Node("Gather", wish + ".scales", [scales, indices], ("axis", 0L));
        return operators.Mul(operators.Cast(rows, GraphOperators.Float, wish + ".float"), rowScales, wish);
    }

    public string Constant(Parameter parameter) => _floats.Constant(parameter);

    public string Row(Parameter table, int row) => _floats.Row(table, row);

    /// <summary>A weight as a product's second factor: transposed values, scales, and the zero.</summary>
    private (string Values, string Scales, string Zero) Matrix(Parameter weight)
    {
        if (_matrices.TryGetValue(weight, out (string, string, string) known))
            return known;
        string values, scales;
        if (_tables.TryGetValue(weight, out (string Values, string Scales, float[] Numbers) table))
        {
            values = operators.Transpose(table.Values, weight.Name + ".int8_transposed", 1, 0);
            scales = operators.Graph.AddConstant(weight.Name + ".scale", [weight.Rows], table.Numbers);
        }
        else
        {
            float[] numbers = Scales(weight);
            scales = operators.Graph.AddConstant(weight.Name + ".scale", [weight.Rows], numbers);
            values = graph.AddConstant(weight.Name + ".int8", [weight.Columns, weight.Rows], isSigned: true,
                () => Rounded(weight, numbers, transposed: true));
        }
        string zero = graph.AddConstant(weight.Name + ".zero", [weight.Rows], isSigned: true, () => new byte[weight.Rows]);
        return _matrices[weight] = (values, scales, zero);
    }

    private (string Values, string Scales, float[] Numbers) Table(Parameter table)
    {
        if (_tables.TryGetValue(table, out (string, string, float[]) known))
            return known;
        float[] numbers = Scales(table);
        string values = graph.AddConstant(table.Name + ".int8", [table.Rows, table.Columns], isSigned: true,
            () => Rounded(table, numbers, transposed: false));
        return _tables[table] = (values, operators.Graph.AddConstant(table.Name + ".row_scale", [table.Rows, 1], numbers), numbers);
    }

    /// <summary>The scale of each row.</summary>
    private float[] Scales(Parameter parameter)
    {
        float[] scales = new float[parameter.Rows], row = new float[parameter.Columns];
        for (int i = 0; i < scales.Length; i++)
        {
            engine.Read(parameter, (long)i * row.Length, row);
            float greatest = 0;
            foreach (float value in row)
                greatest = MathF.Max(greatest, MathF.Abs(value));
            scales[i] = greatest > 0 ? greatest / GreatestWeight : 1;
        }
        return scales;
    }

    private byte[] Rounded(Parameter parameter, float[] scales, bool transposed)
    {
        float[] row = new float[parameter.Columns];
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
}
