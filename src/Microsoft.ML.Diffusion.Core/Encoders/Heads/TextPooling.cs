namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>How the hidden states of a sequence become one vector.</summary>
public enum TextPooling
{
    /// <summary>The hidden state of the first token, as in BERT.</summary>
    First,
    /// <summary>
    /// The mean of all tokens' hidden states, which does not rely on a first token that was trained to represent the sequence.
    /// </summary>
    Mean,
}
