using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>Denoising whose result is decoded to text.</summary>
internal static class TextDenoising
{
    /// <summary>
    /// Makes a loop that never writes ids that the tokenizer lacks, nor special tokens other than the settings' end of text.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is out of range, or the tokenizer does not fit the denoiser.</exception>
    public static DenoisingLoop CreateLoop(IDenoiser denoiser, Tokenizer tokenizer, DenoisingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        CheckTokenizer(denoiser, tokenizer);
        IEnumerable<int> banned = Enumerable.Range(0, denoiser.VocabularySize)
            .Where(id => id >= tokenizer.VocabularySize || !tokenizer.IsWritable(id));
        return new DenoisingLoop(denoiser, settings, banned);
    }

    /// <summary>Checks that a tokenizer fits a denoiser.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void CheckTokenizer(IDenoiser denoiser, Tokenizer tokenizer)
    {
        if (tokenizer.VocabularySize > denoiser.VocabularySize)
            throw new ArgumentException(
                $"The tokenizer has {tokenizer.VocabularySize} ids, the model {denoiser.VocabularySize}. Use the tokenizer that belongs " +
                "to the model.", nameof(tokenizer));
        if (tokenizer.MaskToken != denoiser.MaskToken)
            throw new ArgumentException(
                $"The tokenizer's mask token is {tokenizer.MaskToken}, the model's {denoiser.MaskToken}. Use the tokenizer that belongs " +
                "to the model.", nameof(tokenizer));
    }
}
