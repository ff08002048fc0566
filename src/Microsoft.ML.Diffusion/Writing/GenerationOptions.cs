using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>The options for writing texts after prompts.</summary>
public class GenerationOptions : DenoisingOptions
{
    /// <summary>The number of tokens to write after the prompt.</summary>
    public int MaxNewTokens { get; set; } = 64;

    /// <summary>The marker that ends a text before <see cref="MaxNewTokens"/> are written; by default there is none.</summary>
    public TextEnd EndOfText { get; set; } = TextEnd.None;

    /// <summary>The minimum number of tokens before the text may end; only with <see cref="EndOfText"/>.</summary>
    public int MinimumLength { get; set; }

    /// <summary>The policy for a prompt that leaves no room for the new tokens.</summary>
    public PromptTooLong PromptTooLong { get; set; } = PromptTooLong.Error;

    /// <summary>Converts the options to the settings of Core and checks them, for a model of this configuration.</summary>
    /// <param name="configuration">The model's configuration.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="seed">The seed of all noise.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal GenerationSettings ToSettings(EncoderConfiguration configuration, Tokenizer tokenizer, int seed)
    {
        if (EndOfText is null)
            throw new ArgumentException($"{nameof(EndOfText)} is null. Use TextEnd.None for texts of exactly MaxNewTokens.");
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
