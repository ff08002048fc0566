using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>How texts are written after prompts.</summary>
public class GenerationOptions : DenoisingOptions
{
    /// <summary>How many tokens are written after the prompt.</summary>
    public int MaxNewTokens { get; set; } = 64;

    /// <summary>What ends a text before <see cref="MaxNewTokens"/> are written; by default nothing does.</summary>
    public TextEnd EndOfText { get; set; } = TextEnd.None;

    /// <summary>How many tokens are written before the text may end; only with <see cref="EndOfText"/>.</summary>
    public int MinimumLength { get; set; }

    /// <summary>What is done with a prompt that leaves no room for the new tokens.</summary>
    public PromptTooLong PromptTooLong { get; set; } = PromptTooLong.Error;

    /// <summary>The settings that Core takes, checked, for a model of this configuration.</summary>
    /// <param name="configuration">The model's configuration.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="seed">The seed of all noise.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal GenerationSettings ToSettings(EncoderConfiguration configuration, Tokenizer tokenizer, int seed)
    {
        if (EndOfText is null)
            throw new ArgumentException($"{nameof(EndOfText)} is null. Use TextEnd.None for texts that fill their room.");
        var settings = new GenerationSettings(ToDenoisingSettings(tokenizer, seed))
        {
            EndOfText = EndOfText.Find(tokenizer),
            MinimumLength = MinimumLength,
            MaxNewTokens = MaxNewTokens,
            MaxLength = configuration.MaxLength,
            Samples = Samples,
            PromptTooLong = PromptTooLong,
        };
        settings.Validate();
        return settings;
    }
}
