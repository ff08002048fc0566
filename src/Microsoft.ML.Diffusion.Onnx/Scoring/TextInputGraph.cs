using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The parts of a file that takes texts: names of inputs, and the labels that its logits mean.</summary>
internal static class TextInputGraph
{
    /// <summary>The inputs and the outputs.</summary>
    public const string Text = "text", TextPair = "text_pair", Label = "label", Probabilities = "probabilities";

    /// <summary>The domain of LabelEncoder.</summary>
    public const string MLDomain = "ai.onnx.ml";

    /// <summary>The names of the inputs.</summary>
    public static string[] Inputs(OnnxTextInput input) => input == OnnxTextInput.TextPair ? [Text, TextPair] : [Text];

    /// <summary>Fails unless a model can take texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; null if it is not known.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException">It cannot.</exception>
    /// <exception cref="NotSupportedException">What it answers is decoded from texts outside the graph.</exception>
    public static Tokenizer Check(EncoderWithHead model, Tokenizer? tokenizer, OnnxExportOptions options)
    {
        if (tokenizer is null)
            throw new ArgumentException(
                $"{nameof(OnnxExportOptions.TextInput)} is {options.TextInput}, and the model was given without its tokenizer. Save the " +
                "transformer, an EncoderModel, or a directory.", nameof(options));
        if (model is TaskModel { Task.Kind: TaskKind.QuestionAnswering or TaskKind.TokenClassification } &&
            options.Output is null or OnnxOutput.Logits)
            throw new NotSupportedException(
                "Answers and entities are decoded from texts and logits, which a graph cannot say, so a file that takes texts has none. " +
                $"Set {nameof(OnnxExportOptions.TextInput)} to {nameof(OnnxTextInput.None)}, and use TokenizeForOnnx and PredictFromOnnx.");
        int shortest = options.TextInput == OnnxTextInput.TextPair ? 4 + model.Family.SeparatorsOf(tokenizer) : 3;
        int longest = model.Configuration.MaxLength;
        if (options.MaxLength != 0 && (options.MaxLength < shortest || options.MaxLength > longest))
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxLength, $"{nameof(OnnxExportOptions.MaxLength)} is {options.MaxLength} tokens; expected " +
                $"{shortest} to {longest}, the model's maximum, or 0 for that maximum.");
        return tokenizer;
    }

    /// <summary>The probabilities of a classifier's labels, [1 × labels]; null for other models.</summary>
    public static string? AddProbabilities(GraphOperators operators, EncoderWithHead model, string logits) =>
        model is not TaskModel { Task: { Kind: TaskKind.SequenceClassification } task } ? null : task.Problem switch
        {
            RegressionProblem.ProblemName => null,
            MultiLabelProblem.ProblemName => operators.Node("Sigmoid", Probabilities, [logits]),
            _ => operators.Node("Softmax", Probabilities, [logits], ("axis", -1L)),
        };

    /// <summary>The name of the most probable class, [1]; null for models of several labels or numbers.</summary>
    public static string? AddLabel(GraphOperators operators, EncoderWithHead model, string probabilities)
    {
        if (model is not TaskModel { Task: { Problem: not MultiLabelProblem.ProblemName } task })
            return null;
        string best = operators.Node("ArgMax", "best", [probabilities], ("axis", -1L), ("keepdims", 0L));
        (string, object)[] names = [("keys_int64s", Enumerable.Range(0, task.Outputs).Select(i => (long)i).ToArray()),
            ("values_strings", task.Labels.ToArray()), ("default_string", "")];
        return operators.Graph.AddNode("LabelEncoder", [best], [Label], MLDomain, names)[0];
    }
}
