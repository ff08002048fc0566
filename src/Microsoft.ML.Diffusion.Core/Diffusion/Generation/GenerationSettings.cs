namespace Microsoft.ML.Diffusion;

/// <summary>How texts are generated: <see cref="DenoisingSettings"/>, and the number of new tokens after the prompt.</summary>
public sealed record GenerationSettings : DenoisingSettings
{
    private const int MostSamples = 10_000;

    /// <summary>Makes the default settings.</summary>
    public GenerationSettings()
    {
    }

    /// <summary>Makes settings with the same denoising as others.</summary>
    /// <param name="denoising">How masks become tokens.</param>
    public GenerationSettings(DenoisingSettings denoising) : base(denoising)
    {
    }

    /// <summary>How many tokens are written after the prompt.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>The most tokens a sequence may have: opening token, prompt, new tokens, closing token.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>How many texts are written for a prompt.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>What happens to a prompt of more than MaxLength − MaxNewTokens − 2 tokens.</summary>
    public PromptTooLong PromptTooLong { get; init; } = PromptTooLong.Error;

    /// <summary>The most tokens that a prompt may have.</summary>
    internal int PromptRoom => MaxLength - MaxNewTokens - 2;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (MaxNewTokens < 1)
            throw new ArgumentException($"MaxNewTokens is {MaxNewTokens}. Give the number of tokens to write, 1 or more.");
        if (Samples is < 1 or > MostSamples)
            throw new ArgumentException($"Samples is {Samples}. Give the number of texts for a prompt, 1 to {MostSamples}.");
        if (!Enum.IsDefined(PromptTooLong))
            throw new ArgumentException($"PromptTooLong is {PromptTooLong}. Use PromptTooLong.Error or PromptTooLong.KeepEnd.");
        if ((long)MaxLength - MaxNewTokens < 2)
            throw new ArgumentException(
                $"MaxNewTokens is {MaxNewTokens} and MaxLength {MaxLength}. The opening and the closing token leave room for " +
                $"{Math.Max(MaxLength - 2L, 0)} new tokens: lower MaxNewTokens. (MaxLength is at most the model's own limit; use a model " +
                "for longer texts if you need them.)");
    }
}
