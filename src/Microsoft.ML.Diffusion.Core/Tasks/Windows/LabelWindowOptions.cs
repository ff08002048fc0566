using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How texts longer than a model's maximum are split.</summary>
public sealed record LabelWindowOptions
{
    /// <summary>The most tokens of a window, including opening and closing token; null for the model's maximum.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The most tokens that neighboring windows share; null for a quarter of a window.</summary>
    public int? StrideOverlap { get; init; }

    /// <summary>Throws if an option does not fit a model.</summary>
    /// <exception cref="ArgumentException">A window is longer than the model's maximum or has no room for a token, or windows would not
    /// advance.</exception>
    public void Validate(EncoderConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        For(configuration);
    }

    /// <summary>The most tokens of a window for a model, without special tokens, and the overlap of two.</summary>
    internal (int Capacity, int StrideOverlap) For(EncoderConfiguration configuration)
    {
        int length = MaxLength ?? configuration.MaxLength;
        if (length <= LabelWindow.SpecialTokens || length > configuration.MaxLength)
            throw new ArgumentException(
                $"{nameof(MaxLength)} is {length}; expected {LabelWindow.SpecialTokens + 1} to the model's " +
                $"{configuration.MaxLength} tokens.");
        int capacity = length - LabelWindow.SpecialTokens, overlap = StrideOverlap ?? capacity / 4;
        if (overlap < 0 || overlap >= capacity)
            throw new ArgumentException(
                $"{nameof(StrideOverlap)} is {overlap}; expected 0 to {capacity - 1}: a window has {capacity} tokens besides the opening " +
                "and the closing one, and must advance by at least one.");
        return (capacity, overlap);
    }
}
