namespace Microsoft.ML.Diffusion.Compute;

/// <summary>The function applied to each element after a linear layer.</summary>
public enum Activation
{
    /// <summary>x.</summary>
    None,
    /// <summary>x · Φ(x), with the exact normal distribution function (Hendrycks and Gimpel 2016).</summary>
    Gelu,
    /// <summary>GELU by the tanh approximation, as in Google's BERT and <c>gelu_new</c>.</summary>
    GeluTanh,
    /// <summary>max(x, 0).</summary>
    Relu,
    /// <summary>tanh x.</summary>
    Tanh,
    /// <summary>x · σ(x).</summary>
    Silu,
}
