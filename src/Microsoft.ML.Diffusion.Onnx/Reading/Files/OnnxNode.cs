namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>A node of a graph.</summary>
internal sealed class OnnxNode
{
    public string Name { get; set; } = "";

    /// <summary>The operator.</summary>
    public string Type { get; set; } = "";

    /// <summary>The operator's domain; empty for ONNX's own.</summary>
    public string Domain { get; set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<OnnxAttribute> Attributes { get; } = [];

    /// <summary>Its place in the file.</summary>
    public int Number { get; set; }

    /// <summary>The node, for messages.</summary>
    public string Describe()
    {
        string type = Domain.Length == 0 ? Type : $"{Domain}.{Type}";
        string output = Outputs.Count == 0 ? "" : $", output '{OnnxText.Shorten(Outputs[0])}'";
        return Name.Length == 0 ? $"node {Number} ({OnnxText.Shorten(type)}{output})"
            : $"node {Number}, '{OnnxText.Shorten(Name)}' ({OnnxText.Shorten(type)}{output})";
    }

    public OnnxAttribute? Find(string name) => Attributes.Find(attribute => attribute.Name == name);

    public long Int(string name, long defaultValue) => Find(name)?.Integer ?? defaultValue;

    public double Float(string name, double defaultValue) => Find(name)?.Number ?? defaultValue;

    public string Text(string name, string defaultValue) => Find(name)?.Text ?? defaultValue;

    public long[]? Ints(string name) => Find(name)?.Integers?.ToArray();
}
