namespace Microsoft.ML.Diffusion;

/// <summary>How texts are written: <see cref="DenoisingSettings"/>, and how many new tokens after what prompt.</summary>
public sealed record GenerationSettings : DenoisingSettings
{
    private const int MostSamples = 10_000;

    /// <summary>Makes the default settings.</summary>
    public GenerationSettings()
    {
    }

    /// <summary>Makes settings that denoise as others do.</summary>
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

    /// <summary>What is done with a prompt of more than MaxLength − MaxNewTokens − 2 tokens.</summary>
    public PromptTooLong PromptTooLong { get; init; } = PromptTooLong.Error;

    /// <summary>How many tokens of a prompt there is room for.</summary>
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
            throw new ArgumentException($"MaxNewTokens is {MaxNewTokens} and MaxLength {MaxLength}. With the opening and the closing token at most {Math.Max(MaxLength - 2L, 0)} tokens can be new: lower MaxNewTokens. (MaxLength is at most what the model was made for; use a model that takes longer texts if you need them.)");
    }
}
