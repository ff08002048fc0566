using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Collections;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Onnx;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>What a file says about its model besides the graph: enough to use it without its directory.</summary>
internal static class ModelMetadata
{
    /// <summary>Adds the properties.</summary>
    /// <param name="properties">The file's properties.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; null if it is not known.</param>
    /// <param name="output">What the file computes.</param>
    /// <param name="precision">The number format.</param>
    public static void Add(
        RepeatedField<StringStringEntryProto> properties, EncoderWithHead model, Tokenizer? tokenizer, OnnxOutput output,
        OnnxPrecision precision)
    {
        Set("task", TaskName(model, output));
        Set("model_type", model.Family.ModelType);
        Set("precision", precision.ToString().ToLowerInvariant());
        Number("max_length", model.Configuration.MaxLength);
        using (var stream = new MemoryStream())
        {
            EncoderCheckpoint.WriteConfiguration(model, stream, model.StoredAs);
            Set("config.json", Encoding.UTF8.GetString(stream.ToArray()));
        }
        if (model is TaskModel { Task: TaskConfiguration task } && output == OnnxOutput.Logits)
        {
            Set("labels", JsonSerializer.Serialize(task.Labels));
            if (task.Problem is string problem)
                Set("problem_type", problem);
        }
        if (tokenizer is null)
            return;
        Set("tokenizer", tokenizer.GetType().Name);
        Number("begin_token_id", tokenizer.BeginToken);
        Number("end_token_id", tokenizer.EndToken);
        Number("mask_token_id", tokenizer.MaskToken);
        Number("pad_token_id", tokenizer.PadToken);
        Number("unknown_token_id", tokenizer.UnknownToken);
        Number("pair_separators", model.Family.SeparatorsOf(tokenizer));

        void Set(string key, string value) => properties.Add(new StringStringEntryProto { Key = key, Value = value });

        void Number(string key, int value) => Set(key, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The task as Optimum names it.</summary>
    private static string TaskName(EncoderWithHead model, OnnxOutput output) => (output, model) switch
    {
        (OnnxOutput.HiddenStates, _) => "feature-extraction",
        (not OnnxOutput.Logits, _) => "sentence-similarity",
        (_, TaskModel { Task.Kind: TaskKind.SequenceClassification }) => "text-classification",
        (_, TaskModel { Task.Kind: TaskKind.TokenClassification }) => "token-classification",
        (_, TaskModel { Task.Kind: TaskKind.QuestionAnswering }) => "question-answering",
        _ => "fill-mask",
    };
}
