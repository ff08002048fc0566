namespace Microsoft.ML.Diffusion.Compute;

/// <summary>The numbers of one AdamW step (Loshchilov and Hutter 2019): w ← w − rate · (m̂ / (√v̂ + ε) + decay · w).</summary>
/// <param name="Rate">The learning rate at this step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">ε, outside the root.</param>
/// <param name="WeightDecay">Decoupled decay; 0 for vectors.</param>
/// <param name="GradientScale">Multiplies the gradient first: the clipping factor.</param>
/// <param name="Correction1">1 − β₁ᵗ: bias correction.</param>
/// <param name="Correction2">1 − β₂ᵗ: bias correction.</param>
public readonly record struct AdamWStep(
    double Rate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double GradientScale, double Correction1,
    double Correction2);
