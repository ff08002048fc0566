namespace Microsoft.ML.Diffusion.Compute;

/// <summary>How certain a row of logits is, as <see cref="Executor.Draw"/> measures it: a function of the row's probabilities p.</summary>
public enum DrawScore
{
    /// <summary>Not measured: 0.</summary>
    None,

    /// <summary>log p₁, the greatest probability.</summary>
    MaxProbability,

    /// <summary>log (p₁ − p₂), the greatest probability less the second; −∞ if they are equal.</summary>
    Margin,

    /// <summary>Σ p·log p.</summary>
    NegativeEntropy,
}
