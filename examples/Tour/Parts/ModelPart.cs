using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Tour.Parts;

/// <summary>Names the model that all the other parts use, and the engine that it runs on.</summary>
internal sealed class ModelPart : ITourPart
{
    public string Title => $"A tour with EncoderModel.Default, {EncoderModel.Default}";

    public string Run(Screen screen)
    {
        EncoderModel model = EncoderModel.Default;
        using MaskedLanguageModel loaded = model.LoadMaskedLanguageModel(CpuEngine.Shared);
        using ModelFile weights = model.Files.Open(ModelFiles.WeightsName);
        return $"{loaded.Parameters.Length:N0} parameters in {weights.Length / 1e6:F1} MB; {CpuEngine.Shared.Name}";
    }
}
