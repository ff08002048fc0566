namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>An attribute of a node, with the fields that it has.</summary>
internal sealed class OnnxAttribute
{
    public string Name { get; set; } = "";

    public float Number { get; set; }

    public long Integer { get; set; }

    public string? Text { get; set; }

    public List<float>? Numbers { get; set; }

    public List<long>? Integers { get; set; }

    public OnnxTensor? Tensor { get; set; }
}
