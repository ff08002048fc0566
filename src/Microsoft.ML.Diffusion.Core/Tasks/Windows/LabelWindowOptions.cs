using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How texts that are longer than a model takes are cut.</summary>
public sealed record LabelWindowOptions
{
    /// <summary>The most tokens of a window, opening and closing token included; null for as many as the model takes.</summary>
    public int? MaxLength { get; init; }

    /// <summary>How many tokens neighbouring windows share at most; null for a quarter of a window.</summary>
    public int? StrideOverlap { get; init; }

    /// <summary>Fails where an option does not fit a model.</summary>
    /// <exception cref="ArgumentException">A window is longer than the model takes or has no room for a token, or windows would not advance.</exception>
    public void Validate(EncoderConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        For(configuration);
    }

    /// <summary>The most tokens of a window of a model's, without special tokens, and how many two share.</summary>
    internal (int Capacity, int StrideOverlap) For(EncoderConfiguration configuration)
    {
        int length = MaxLength ?? configuration.MaxLength;
        if (length <= LabelWindow.SpecialTokens || length > configuration.MaxLength)
            throw new ArgumentException($"{nameof(MaxLength)} is {length}; expected {LabelWindow.SpecialTokens + 1} to the model's {configuration.MaxLength} tokens.");
        int capacity = length - LabelWindow.SpecialTokens, overlap = StrideOverlap ?? capacity / 4;
        if (overlap < 0 || overlap >= capacity)
            throw new ArgumentException($"{nameof(StrideOverlap)} is {overlap}; expected 0 to {capacity - 1}: a window has {capacity} tokens beside the opening and the closing one, and must advance.");
        return (capacity, overlap);
    }
}
