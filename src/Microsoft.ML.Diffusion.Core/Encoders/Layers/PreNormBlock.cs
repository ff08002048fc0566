using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>
/// A layer as in ModernBERT: x ← x + attention(norm(x)), x ← x + gated feed-forward(norm(x)), with rotary positions and, in most layers, a
/// window (Warner et al. 2024). The normalization at the start of a layer is fused with the sum at the end of the previous one; the first
/// layer has none, since the embeddings are normalized.
/// </summary>
internal sealed class PreNormBlock(ParameterScope scope, int index, EncoderConfiguration configuration) : ILayer
{
    private readonly NormLayer? _attentionNorm = index == 0 ? null
        : new(scope, "attention.norm", configuration.HiddenSize, configuration.Norm);
    private readonly SelfAttention _attention = new(
        scope, configuration.HiddenSize, configuration.Attention, AttentionPattern.Window(configuration.Attention.Reach(index)),
        configuration.Attention.Theta(index));
    private readonly NormLayer _norm = new(scope, "norm", configuration.HiddenSize, configuration.Norm);
    private readonly FeedForward _feedForward = new(scope, configuration.HiddenSize, configuration.FeedForward, gated: true);

    /// <summary>
    /// Takes the residual stream and the last branch's output, which is not yet added to it, and returns both for the next layer.
    /// </summary>
    public (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias)
    {
        Tensor x = residual;
        if (branch is Tensor added)
            (residual, x) = _attentionNorm!.Forward(pass, residual, added);
        (Tensor sum, Tensor normalized) = _norm.Forward(pass, residual, _attention.Forward(pass, x, sequences, bias));
        return (sum, _feedForward.Forward(pass, normalized));
    }
}
