using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Scoring;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>Adds models to the graphs of others, in floats.</summary>
internal sealed class OnnxExporter : IOnnxExporter
{
    public string AddModel(OnnxGraphBuilder graph, EncoderWithHead model, string inputIds, string attentionMask, string? tokenTypeIds)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(inputIds);
        ArgumentException.ThrowIfNullOrEmpty(attentionMask);
        var operators = new GraphOperators(graph);
        var inputs = new GraphInputs(operators, inputIds, attentionMask, tokenTypeIds, float.MinValue);
        var tracer = new ModelTracer(model, operators, inputs, new FloatWeightNodes(operators, model.Engine));
        return tracer.Trace((pass, batch, types) => [model.Forward(pass, batch, types)])[0];
    }

    public (string InputIds, string AttentionMask, string TokenTypeIds) AddTokenizer(
        OnnxGraphBuilder graph, EncoderWithHead model, Tokenizer tokenizer, int maxLength, params IReadOnlyList<string> texts) =>
        TokenizerGraph.Add(graph, model, tokenizer, maxLength, texts);
}
