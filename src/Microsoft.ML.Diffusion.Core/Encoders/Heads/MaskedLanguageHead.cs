using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>From hidden states to logits over the vocabulary: linear, activation, normalisation, decoder.</summary>
public sealed class MaskedLanguageHead
{
    private readonly LinearLayer _dense;
    private readonly NormLayer _norm;
    private readonly Activation _activation;

    /// <summary>Declares the head's parameters.</summary>
    public MaskedLanguageHead(Encoder encoder, ParameterSet parameters)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(parameters);
        EncoderConfiguration configuration = encoder.Configuration;
        int width = configuration.HiddenSize;
        _activation = configuration.HeadActivation;
        _dense = new LinearLayer(parameters, "head.dense", width, width, configuration.HeadBias);
        _norm = new NormLayer(parameters, "head.norm", width, configuration.NormBias, configuration.NormEpsilon);
        Decoder = configuration.TiedDecoder ? encoder.TokenTable : parameters.Matrix("decoder.weight", configuration.VocabularySize, width);
        DecoderBias = parameters.Vector("decoder.bias", configuration.VocabularySize, configuration.DecoderBias);
    }

    /// <summary>The decoder's weight, [vocabulary × hidden size].</summary>
    public Parameter Decoder { get; }

    /// <summary>The decoder's bias, [vocabulary], or null.</summary>
    public Parameter? DecoderBias { get; }

    /// <summary>What the decoder multiplies, for some rows of hidden states: [rows × hidden size].</summary>
    public Tensor Transform(Pass pass, Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return _norm.Forward(pass, _dense.Forward(pass, rows, _activation));
    }

    /// <summary>Logits of transformed rows, [rows × vocabulary].</summary>
    public Tensor Decode(Pass pass, Tensor transformed)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.Linear(transformed, Decoder, DecoderBias);
    }

    /// <summary>Σ weights · −log p(target) of transformed rows, in nats, with label smoothing if wished.</summary>
    public Loss Loss(Pass pass, Tensor transformed, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, double smoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.LinearCrossEntropy(transformed, Decoder, DecoderBias, targets, weights, smoothing);
    }
}
