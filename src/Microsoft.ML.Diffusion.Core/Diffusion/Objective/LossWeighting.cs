namespace Microsoft.ML.Diffusion;

/// <summary>The weights of a batch's masked tokens in the training loss.</summary>
public enum LossWeighting
{
    /// <summary>
    /// By w(t) = −α'(t) / (1 − α(t)), divided by the number of maskable tokens: the negative evidence lower bound (NELBO) in nats per
    /// token. Its value does not depend on the schedule; its variance does.
    /// </summary>
    Nelbo,

    /// <summary>The plain mean over the masked tokens: not a bound, but more stable at the start of training.</summary>
    Uniform,
}
