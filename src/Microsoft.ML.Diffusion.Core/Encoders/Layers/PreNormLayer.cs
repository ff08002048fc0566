using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>
/// A layer as ModernBERT has it: x ← x + attention(norm(x)), x ← x + gated feed-forward(norm(x)), with rotary positions and, in
/// most layers, a window (Warner et al. 2024). The normalisation that opens a layer is done with the sum that closes the one
/// before; the first layer has none, since the embeddings are normalised.
/// </summary>
internal sealed class PreNormLayer(ParameterSet parameters, int index, EncoderConfiguration configuration) : ILayer
{
    private readonly NormLayer? _attentionNorm = index == 0
        ? null : new(parameters, Name(index) + ".attention.norm", configuration.HiddenSize, configuration.NormBias, configuration.NormEpsilon);
    private readonly LinearLayer _qkv = new(parameters, Name(index) + ".attention.qkv", 3 * configuration.HiddenSize, configuration.HiddenSize, configuration.AttentionBias);
    private readonly LinearLayer _attentionOutput = new(parameters, Name(index) + ".attention.output", configuration.HiddenSize, configuration.HiddenSize, configuration.AttentionBias);
    private readonly NormLayer _feedForwardNorm = new(parameters, Name(index) + ".norm", configuration.HiddenSize, configuration.NormBias, configuration.NormEpsilon);
    private readonly LinearLayer _gates = new(parameters, Name(index) + ".intermediate", 2 * configuration.IntermediateSize, configuration.HiddenSize, configuration.FeedForwardBias);
    private readonly LinearLayer _output = new(parameters, Name(index) + ".output", configuration.HiddenSize, configuration.IntermediateSize, configuration.FeedForwardBias);

    private static string Name(int index) => $"layers.{index}";

    /// <summary>Takes the residual stream, and what the layer before is still to add to it; returns the same for the next.</summary>
    public (Tensor Stream, Tensor? Pending) Forward(Pass pass, Tensor stream, Tensor? pending, Sequences sequences, Tensor? bias)
    {
        Tensor x = stream;
        if (pending is Tensor added)
            (stream, x) = _attentionNorm!.Forward(pass, stream, added);
        Tensor qkv = _qkv.Forward(pass, x);
        pass.Rotate(qkv, sequences, configuration.Heads, configuration.Theta(index));
        Tensor attended = pass.Attend(
            qkv, sequences, configuration.Heads, AttentionPattern.Window(configuration.Reach(index)), bias, configuration.AttentionDropout);
        attended = _attentionOutput.Forward(pass, attended);
        (Tensor sum, Tensor normalised) = _feedForwardNorm.Forward(pass, stream, pass.Dropout(attended, configuration.Dropout));
        Tensor fed = _output.Forward(pass, pass.Gate(_gates.Forward(pass, normalised), configuration.Activation));
        return (sum, pass.Dropout(fed, configuration.Dropout));
    }
}
