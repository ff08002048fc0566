using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>A layer as in BERT: x ← norm(x + attention(x)), x ← norm(x + feed-forward(x)) (Devlin et al. 2019).</summary>
internal sealed class PostNormBlock(ParameterScope scope, EncoderConfiguration configuration) : ILayer
{
    private readonly SelfAttention _attention = new(scope, configuration.HiddenSize, configuration.Attention, AttentionPattern.Full);
    private readonly NormLayer _attentionNorm = new(scope, "attention.norm", configuration.HiddenSize, configuration.Norm);
    private readonly FeedForward _feedForward = new(scope, configuration.HiddenSize, configuration.FeedForward);
    private readonly NormLayer _norm = new(scope, "norm", configuration.HiddenSize, configuration.Norm);

    public (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor x, Tensor? branch, Sequences sequences, Tensor? bias)
    {
        Tensor middle = _attentionNorm.Forward(pass, x, _attention.Forward(pass, x, sequences, bias)).Normalized;
        return (_norm.Forward(pass, middle, _feedForward.Forward(pass, middle)).Normalized, null);
    }
}
