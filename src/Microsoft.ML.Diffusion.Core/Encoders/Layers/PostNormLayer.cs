using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>A layer as BERT has it: x ← norm(x + attention(x)), x ← norm(x + feed-forward(x)) (Devlin et al. 2019).</summary>
internal sealed class PostNormLayer(ParameterSet parameters, string name, EncoderConfiguration configuration) : ILayer
{
    private readonly LinearLayer _qkv = new(parameters, name + ".attention.qkv", 3 * configuration.HiddenSize, configuration.HiddenSize, configuration.AttentionBias);
    private readonly LinearLayer _attentionOutput = new(parameters, name + ".attention.output", configuration.HiddenSize, configuration.HiddenSize, configuration.AttentionBias);
    private readonly NormLayer _attentionNorm = new(parameters, name + ".attention.norm", configuration.HiddenSize, configuration.NormBias, configuration.NormEpsilon);
    private readonly LinearLayer _intermediate = new(parameters, name + ".intermediate", configuration.IntermediateSize, configuration.HiddenSize, configuration.FeedForwardBias);
    private readonly LinearLayer _output = new(parameters, name + ".output", configuration.HiddenSize, configuration.IntermediateSize, configuration.FeedForwardBias);
    private readonly NormLayer _outputNorm = new(parameters, name + ".norm", configuration.HiddenSize, configuration.NormBias, configuration.NormEpsilon);

    public (Tensor Stream, Tensor? Pending) Forward(Pass pass, Tensor x, Tensor? pending, Sequences sequences, Tensor? bias)
    {
        Tensor attended = pass.Attend(
            _qkv.Forward(pass, x), sequences, configuration.Heads, AttentionPattern.Full, bias, configuration.AttentionDropout);
        attended = pass.Dropout(_attentionOutput.Forward(pass, attended), configuration.Dropout);
        Tensor middle = _attentionNorm.Forward(pass, x, attended).Normalised;
        Tensor fed = _output.Forward(pass, _intermediate.Forward(pass, middle, configuration.Activation));
        return (_outputNorm.Forward(pass, middle, pass.Dropout(fed, configuration.Dropout)).Normalised, null);
    }
}
