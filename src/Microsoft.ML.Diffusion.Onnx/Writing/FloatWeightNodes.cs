using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Weights as floats. A linear layer's weight is stored transposed, as MatMul multiplies it; a tied decoder's is the table, transposed by a
/// node, so that it is stored once. A parameter that is used several times is one constant.
/// </summary>
internal sealed class FloatWeightNodes(GraphOperators operators, Engine engine) : IWeightNodes
{
    private readonly Dictionary<Parameter, string> _plain = [];
    private readonly Dictionary<Parameter, string> _transposed = [];

    public string Linear(string x, Parameter weight, Parameter? bias, string wish)
    {
        string product = operators.MatMul(x, Transposed(weight), wish);
        return bias is null ? product : operators.Add(product, Constant(bias), wish);
    }

    public string Embed(string indices, Parameter table, string wish) =>
        operators.Node("Gather", wish, [Constant(table), indices], ("axis", 0L));

    public string Constant(Parameter parameter)
    {
        if (!_plain.TryGetValue(parameter, out string? name))
        {
            long[] shape = parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];
            _plain[parameter] = name = Add(parameter, shape, () => ParameterValues.Read(engine, parameter));
        }
        return name;
    }

    private string Transposed(Parameter weight)
    {
        if (!_transposed.TryGetValue(weight, out string? name))
        {
            _transposed[weight] = name = _plain.TryGetValue(weight, out string? table)
                ? operators.Transpose(table, weight.Name + ".transposed", 1, 0)
                : Add(weight, [weight.Columns, weight.Rows], () => ParameterValues.ReadTransposed(engine, weight));
        }
        return name;
    }

    private string Add(Parameter parameter, ReadOnlySpan<long> shape, Func<float[]> read) => operators.Graph is IStreamedConstants streamed
        ? streamed.AddConstant(parameter.Name, shape, read)
        : operators.Graph.AddConstant(parameter.Name, shape, read());
}
