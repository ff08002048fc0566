namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>What stands for a whole sequence.</summary>
public enum TextPooling
{
    /// <summary>The hidden state of the first token, as BERT does.</summary>
    First,
    /// <summary>The mean of all tokens' hidden states, which does not need a first token that learned to stand for the rest.</summary>
    Mean,
}
