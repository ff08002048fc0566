using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>How texts are written, for every estimator whose transformer writes.</summary>
public abstract class GenerationOptions
{
    private protected GenerationOptions()
    {
    }

    /// <summary>The model: the embedded one, or a Hugging Face directory with a masked-language head.</summary>
    public EncoderModel Model { get; set; } = EncoderModel.Default;

    /// <summary>How many tokens are written after the prompt.</summary>
    public int MaxNewTokens { get; set; } = 64;

    /// <summary>The number of denoising steps. More steps write fewer tokens at a time, better and more slowly.</summary>
    public int Steps { get; set; } = 64;

    /// <summary>Says how much is still masked after each step.</summary>
    public MaskSchedule Schedule { get; set; } = MaskSchedule.Cosine;

    /// <summary>Chooses the positions that are written at each step.</summary>
    public Sampler Sampler { get; set; } = Sampler.TopConfidence();

    /// <summary>Logits are divided by it; 0 writes the most likely token.</summary>
    public double Temperature { get; set; } = 0.9;

    /// <summary>Only this many most likely tokens may be written; 0 for all.</summary>
    public int TopK { get; set; }

    /// <summary>Only the most likely tokens that together reach this probability may be written; 1 for all.</summary>
    public double TopP { get; set; } = 0.95;

    /// <summary>How many texts are written for a prompt. Above 1 the output column is a vector of texts.</summary>
    public int Samples { get; set; } = 1;

    /// <summary>The seed of all noise; null draws one from the context's random numbers when the estimator is made, and keeps it.</summary>
    public int? Seed { get; set; }

    /// <summary>What is done with a prompt that leaves no room for the new tokens.</summary>
    public PromptTooLong PromptTooLong { get; set; } = PromptTooLong.Error;

    /// <summary>The settings that Core takes, checked, for a model of this configuration.</summary>
    internal GenerationSettings ToSettings(EncoderConfiguration configuration, int seed)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = MaxNewTokens,
            MaxLength = configuration.MaxLength,
            Steps = Steps,
            Schedule = Schedule,
            Sampler = Sampler,
            Temperature = Temperature,
            TopK = TopK,
            TopP = TopP,
            Samples = Samples,
            Seed = (ulong)(uint)seed,
            PromptTooLong = PromptTooLong,
        };
        settings.Validate();
        return settings;
    }
}
