namespace Microsoft.ML.Diffusion;

/// <summary>How the masked tokens of a batch weigh in the training loss.</summary>
public enum LossWeighting
{
    /// <summary>
    /// By w(t) = −α'(t) / (1 − α(t)), divided by the number of maskable tokens: the negative evidence lower bound (NELBO) in
    /// nats per token, which does not depend on the schedule but for its variance.
    /// </summary>
    Nelbo,

    /// <summary>The plain mean over the masked tokens: no bound, but a calmer start.</summary>
    Uniform,
}
