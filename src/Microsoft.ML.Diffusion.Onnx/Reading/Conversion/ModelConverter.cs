using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>Makes a Hugging Face directory in memory from an ONNX file and a tokenizer's files.</summary>
internal static class ModelConverter
{
    private const int LargestConfiguration = ConfigurationJson.MaximumBytes, LargestTokenizerFile = 256 << 20;

    private static readonly string[] s_tokenizerExtensions = [".json", ".txt", ".model"];

    /// <summary>Converts a model.</summary>
    /// <param name="stream">A seekable stream with the ONNX file, from its first byte on.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="folder">The folder of external data; null for none.</param>
    /// <param name="tokenizer">The tokenizer's files, and config.json if there is one.</param>
    /// <exception cref="CheckpointException">The file is damaged, is not understood, or disagrees with config.json.</exception>
    public static ModelFiles Convert(Stream stream, string name, string? folder, ModelFiles tokenizer)
    {
        try
        {
            using OnnxFile file = OnnxFile.Open(stream, name, folder);
            RecognizedModel model = ModelReader.Read(file);
            Dictionary<string, ReadOnlyMemory<byte>> files = ReadTokenizer(tokenizer);
            byte[] configuration = Configure(file, model, tokenizer, out ModelDescription description);
            files[ModelFiles.ConfigurationName] = configuration;
            files[ModelFiles.WeightsName] = SafeTensors.Write(
                name,
                description.ModelType == "modernbert" ? ModernBertTensors.List(model, description)
                    : PostNormTensors.List(model, description));
            return ModelFiles.FromMemory(files, $"'{name}'");
        }
        catch (EndOfStreamException exception)
        {
            throw new CheckpointException($"'{name}' ended while it was read; expected a complete ONNX file. Copy it again.", exception);
        }
    }

    private static byte[] Configure(OnnxFile file, RecognizedModel model, ModelFiles tokenizer, out ModelDescription description)
    {
        if (!tokenizer.Names.Contains(ModelFiles.ConfigurationName))
        {
            description = ModelDescription.Of(file.Name, model, null, null);
            return ConfigurationWriter.Write(description);
        }
        ConfigurationJson given = tokenizer.OpenConfiguration();
        string modelType = Encoders.EncoderFamily.Of(given).ModelType;
        description = ModelDescription.Of(
            file.Name, model, modelType, Encoders.EncoderFamily.Of(given).Read(given).Embeddings.TokenTypes);
        byte[] inferred = ConfigurationWriter.Write(description);
        ConfigurationCheck.Compare(file.Name, description, ConfigurationJson.Parse(inferred, file.Name), given);
        return Merge(given, tokenizer, inferred, description);
    }

    /// <summary>The given configuration, which knows labels, dropout and padding, with the head that the file has.</summary>
    private static byte[] Merge(ConfigurationJson given, ModelFiles tokenizer, byte[] inferred, ModelDescription description)
    {
        using ModelFile file = tokenizer.Open(ModelFiles.ConfigurationName);
        var options = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        byte[] bytes = file.ReadAllBytes(LargestConfiguration);
        ReadOnlySpan<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes;
        JsonObject merged = JsonNode.Parse(text, documentOptions: options)!.AsObject();
        JsonObject own = JsonNode.Parse(inferred)!.AsObject();
        List<string> names = ["architectures", "tie_word_embeddings"];
        if (description.ModelType == "distilbert")
            merged.Remove("tie_weights_");
        if (description.ModelType == "modernbert")
            names.AddRange(["classifier_bias", "decoder_bias"]);
        bool hasLabels = given.Has("id2label") || given.Has("num_labels");
        if (!hasLabels)
            names.AddRange(["id2label", "label2id"]);
        foreach (string name in names)
        {
            if (own[name] is JsonNode value)
                merged[name] = value.DeepClone();
        }
        return JsonSerializer.SerializeToUtf8Bytes(merged);
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> ReadTokenizer(ModelFiles tokenizer)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string name in tokenizer.Names)
        {
            bool isIndex = name.EndsWith(".index.json", StringComparison.Ordinal);
            if (isIndex || !s_tokenizerExtensions.Contains(Path.GetExtension(name)))
                continue;
            using ModelFile file = tokenizer.Open(name);
            if (file.Length <= LargestTokenizerFile)
                files[name] = file.ReadAllBytes(LargestTokenizerFile);
        }
        return files;
    }
}
