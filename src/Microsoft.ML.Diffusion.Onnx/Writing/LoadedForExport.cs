using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>Loads a model with the head that an export needs.</summary>
internal static class LoadedForExport
{
    private const string MaskedLanguage = "ForMaskedLM", MaskedLanguageOfElectra = "ForPreTraining";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <returns>The model, and the options with the output settled.</returns>
    public static (EncoderWithHead Model, OnnxExportOptions Options) Load(
        EncoderModel model, OnnxExportOptions options, CancellationToken cancellationToken)
    {
        ConfigurationJson configuration = model.Files.OpenConfiguration();
        TaskKind? kind = TaskConfiguration.FindKind(configuration);
        bool writes = Architectures(model.Files).Any(name => name.EndsWith(MaskedLanguage, StringComparison.Ordinal) ||
            name.EndsWith(MaskedLanguageOfElectra, StringComparison.Ordinal));
        OnnxOutput output = options.Output ?? (kind is null && !writes ? OnnxOutput.HiddenStates : OnnxOutput.Logits);
        options = options.WithOutput(output);
        options.Check();
        if (kind is TaskKind known)
            return (model.LoadTask(TaskConfiguration.Read(configuration, known), CpuEngine.Shared, cancellationToken), options);
        if (writes || output == OnnxOutput.Logits)
            return (model.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken), options);
        // The encoder alone: a head is made because a model has one, and is not exported.
        var head = new TaskConfiguration(TaskKind.TokenClassification, ["none"]);
        return (model.LoadForTask(head, CpuEngine.Shared, seed: 0, cancellationToken: cancellationToken), options);
    }

    /// <summary>Hugging Face's classes for a checkpoint, from a configuration that has been read.</summary>
    private static string[] Architectures(ModelFiles files)
    {
        using ModelFile file = files.Open(ModelFiles.ConfigurationName);
        ReadOnlyMemory<byte> content = file.ReadAllBytes(ConfigurationJson.MaximumBytes);
        using JsonDocument json = JsonDocument.Parse(content.Span.StartsWith(ByteOrderMark) ? content[ByteOrderMark.Length..] : content);
        return json.RootElement.TryGetProperty("architectures", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)]
            : [];
    }
}
