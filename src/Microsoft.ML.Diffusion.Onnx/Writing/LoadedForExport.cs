using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>Loads a model with the head that an export needs.</summary>
internal static class LoadedForExport
{
    /// <returns>The model, and the options with the output settled.</returns>
    public static (EncoderWithHead Model, OnnxExportOptions Options) Load(
        EncoderModel model, OnnxExportOptions options, CancellationToken cancellationToken)
    {
        EncoderWithHead loaded = model.Load(CpuEngine.Shared, cancellationToken);
        try
        {
            if (loaded is EmbeddingModel && options.Output == OnnxOutput.Logits)
            {
                // The error says what the checkpoint lacks.
                loaded.Dispose();
                loaded = model.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
            }
            options = options.WithOutput(options.Output ?? (loaded is EmbeddingModel ? OnnxOutput.HiddenStates : OnnxOutput.Logits));
            options.Check();
            return (loaded, options);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }
}
