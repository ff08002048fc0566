using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>The attention branch of a layer: linear, attention within each sequence, linear, dropout (Vaswani et al. 2017).</summary>
/// <param name="scope">The layer's parameters.</param>
/// <param name="width">The width of the residual stream.</param>
/// <param name="configuration">Heads, biases, dropout.</param>
/// <param name="pattern">Which positions a position sees.</param>
/// <param name="theta">The base of rotary positions; null for none.</param>
internal sealed class SelfAttention(ParameterScope scope, int width, AttentionConfiguration configuration, AttentionPattern pattern,
    double? theta = null)
{
    private readonly LinearLayer _qkv = new(scope, "attention.qkv", 3 * width, width, configuration.HasBias);
    private readonly LinearLayer _output = new(scope, "attention.output", width, width, configuration.HasBias);

    public Tensor Forward(Pass pass, Tensor x, Sequences sequences, Tensor? bias)
    {
        Tensor qkv = _qkv.Forward(pass, x);
        if (theta is double rotary)
            pass.Rotate(qkv, sequences, configuration.Heads, rotary);
        Tensor attended = pass.Attend(qkv, sequences, configuration.Heads, pattern, bias, configuration.Dropout);
        return pass.Dropout(_output.Forward(pass, attended), configuration.OutputDropout ?? 0);
    }
}
