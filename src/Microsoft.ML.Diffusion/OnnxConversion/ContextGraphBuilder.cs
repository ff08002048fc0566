using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Diffusion.OnnxConversion;

/// <summary>Adds constants and nodes to the graph that ML.NET's converter builds.</summary>
/// <remarks>
/// The converter keeps its variables by the names of columns, so all names here have a prefix that hides no column. It writes the
/// operators' version 12 and imports ONNX's own domains only; ONNX Runtime adds the domain of a registered library by itself.
/// </remarks>
internal sealed class ContextGraphBuilder : OnnxGraphBuilder
{
    private const int ConverterOpset = 12;

    private readonly OnnxContext _context;
    private readonly string _prefix;
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);

    /// <summary>Creates a builder.</summary>
    /// <param name="context">The converter's graph.</param>
    /// <param name="name">The transformer's name, which is a part of the names in the graph.</param>
    /// <exception cref="InvalidOperationException">The graph is of an older version of the operators.</exception>
    public ContextGraphBuilder(OnnxContext context, string name)
    {
        context.CheckOpSetVersion(ConverterOpset, name);
        (_context, _prefix) = (context, context.GetNodeName($"{name}/"));
    }

    public override int OpsetVersion => ConverterOpset;

    public override string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values) => dimensions.IsEmpty
        ? _context.AddInitializer(values[0], Unique(name))
        : _context.AddInitializer(values.ToArray(), dimensions.ToArray(), Unique(name));

    public override string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<long> values) => dimensions.IsEmpty
        ? _context.AddInitializer(values[0], Unique(name))
        : _context.AddInitializer(values.ToArray(), dimensions.ToArray(), Unique(name));

    public override string[] AddNode(
        string type, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, string domain = "",
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] names = [.. outputs.ToArray().Select(name => _context.AddIntermediateVariable(null, Unique(name), skip: true))];
        OnnxNode node = _context.CreateNode(type, inputs.ToArray(), names, Unique(type), domain);
        foreach ((string name, object value) in attributes)
            AddAttribute(node, name, value);
        return names;
    }

    /// <summary>Makes a value a column of the converted pipeline.</summary>
    /// <param name="value">The name of the value.</param>
    /// <param name="column">The name of the column.</param>
    /// <param name="type">Its type.</param>
    public void AddColumn(string value, string column, DataViewType type) =>
        _context.CreateNode("Identity", value, _context.AddIntermediateVariable(type, column), Unique("Identity"), "");

    private string Unique(string name)
    {
        int uses = _uses.GetValueOrDefault(name);
        _uses[name] = uses + 1;
        return uses == 0 ? _prefix + name : $"{_prefix}{name}_{uses}";
    }

    private static void AddAttribute(OnnxNode node, string name, object value)
    {
        switch (value)
        {
            case long number:
                node.AddAttribute(name, number);
                break;
            case float number:
                node.AddAttribute(name, (double)number);
                break;
            case string text:
                node.AddAttribute(name, text);
                break;
            case long[] numbers:
                node.AddAttribute(name, numbers);
                break;
            case float[] numbers:
                node.AddAttribute(name, numbers);
                break;
            case string[] texts:
                node.AddAttribute(name, texts);
                break;
            default:
                throw new ArgumentException(
                    $"The attribute '{name}' is a {value.GetType()}; expected Int64, Single, String, or an array of one of them.",
                    nameof(value));
        }
    }
}
