using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.OnnxConversion;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>
/// Adds a model of texts or pairs of texts to the graph that ML.NET's converter builds. Where the data has token ids, the model reads
/// those; otherwise the operators of ONNX Runtime Extensions tokenize the columns of texts.
/// </summary>
internal static class SequenceGraph
{
    private const long UnsignedInt32 = 12; // TensorProto.DataType.UINT32

    /// <summary>Adds the model.</summary>
    /// <param name="host">Reports errors and logs.</param>
    /// <param name="context">The converter's graph.</param>
    /// <param name="graph">Adds to the graph.</param>
    /// <param name="input">The schema of the data.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="settings">The columns, and the maximum number of tokens.</param>
    /// <returns>The name of the logits, [batch × outputs].</returns>
    /// <exception cref="NotSupportedException">The operators cannot express the tokenizer.</exception>
    public static string AddLogits(IHost host, OnnxContext context, ContextGraphBuilder graph, DataViewSchema input, TaskModel model,
        Tokenizer tokenizer, SequenceSettings settings)
    {
        IOnnxExporter exporter = OnnxExporters.Find() ?? throw host.ExceptNotSupp(OnnxExporters.NoneFound);
        if (ModelInputs.AreIn(input))
        {
            string? types = ModelInputs.Has(input, ModelInputs.TokenTypeIds) ? Variable(ModelInputs.TokenTypeIds) : null;
            return exporter.AddModel(graph, model, Variable(ModelInputs.InputIds), Variable(ModelInputs.AttentionMask), types);
        }
        string[] texts = settings.Columns.Sentence2 is string second
            ? [Variable(settings.Columns.Sentence1), Variable(second)] : [Variable(settings.Columns.Sentence1)];
        (string InputIds, string AttentionMask, string TokenTypeIds) tokens;
        try
        {
            tokens = exporter.AddTokenizer(graph, model, tokenizer, settings.MaxLength, texts);
        }
        catch (NotSupportedException exception)
        {
            throw host.ExceptNotSupp(
                $"The pipeline cannot be converted to ONNX with texts as its input: {exception.Message} Convert it with token ids as its"
                + $" input: apply TokenizeForOnnx to the data, and give its columns '{ModelInputs.InputIds}', '{ModelInputs.AttentionMask}'"
                + $" and '{ModelInputs.TokenTypeIds}' to ConvertToOnnx in a view of their own (mlContext.Data.Cache).");
        }
        using IChannel channel = host.Start("Convert");
        channel.Warning("The ONNX graph tokenizes with operators of ONNX Runtime Extensions, which must be registered where it is used. It"
            + " takes one row a run. The operators tokenize texts with letters beyond Latin-1 differently from this library; convert with"
            + " token ids as the input for those (docs/onnx-scoring.md).");
        return exporter.AddModel(graph, model, tokens.InputIds, tokens.AttentionMask, tokens.TokenTypeIds);

        string Variable(string column) => context.ContainsColumn(column) ? context.GetVariableName(column) : throw host.ExceptNotSupp(
            $"The ONNX graph has no column '{column}', because a transform before this one does not convert it. Convert the transforms"
            + " from this one on: use mlContext.Data.Cache of the view before it as the input.");
    }

    /// <summary>Adds the softmax of logits as scores, and the key of the greatest as the predicted label.</summary>
    public static void AddClasses(ContextGraphBuilder graph, string logits, DataViewSchema.DetachedColumn label,
        DataViewSchema.DetachedColumn score)
    {
        string scores = graph.AddNode("Softmax", [logits], ["scores"], "", ("axis", 1L))[0];
        string best = graph.AddNode("ArgMax", [scores], ["best"], "", ("axis", 1L), ("keepdims", 1L))[0];
        string number = graph.AddNode("Add", [best, graph.AddConstant("one", [], [1L])], ["number"])[0];
        graph.AddColumn(graph.AddNode("Cast", [number], ["key"], "", ("to", UnsignedInt32))[0], label.Name, label.Type);
        graph.AddColumn(scores, score.Name, score.Type);
    }

    /// <summary>Adds the logistic function of logits as scores, and those that reach the threshold as the predicted labels.</summary>
    public static void AddFlags(ContextGraphBuilder graph, string logits, double threshold, DataViewSchema.DetachedColumn labels,
        DataViewSchema.DetachedColumn score)
    {
        string scores = graph.AddNode("Sigmoid", [logits], ["scores"])[0];
        string least = graph.AddConstant("threshold", [], [LeastAtLeast(threshold)]);
        string below = graph.AddNode("Less", [scores, least], ["below"])[0];
        graph.AddColumn(graph.AddNode("Not", [below], ["labels"])[0], labels.Name, labels.Type);
        graph.AddColumn(scores, score.Name, score.Type);
    }

    /// <summary>The least float that is not below a double, so that comparing with it is comparing with the double.</summary>
    private static float LeastAtLeast(double value) => (float)value >= value ? (float)value : MathF.BitIncrement((float)value);
}
