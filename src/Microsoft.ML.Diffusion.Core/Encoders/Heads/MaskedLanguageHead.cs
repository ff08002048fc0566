using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>From hidden states to logits over the vocabulary: linear, activation, normalization, decoder.</summary>
public sealed class MaskedLanguageHead
{
    private readonly LinearLayer _dense;
    private readonly NormLayer _norm;
    private readonly Activation _activation;

    /// <summary>Declares the head's parameters.</summary>
    internal MaskedLanguageHead(Encoder encoder, ParameterSet parameters)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(parameters);
        EncoderConfiguration configuration = encoder.Configuration;
        HeadConfiguration head = configuration.Head;
        int width = encoder.TokenTable.Columns;
        _activation = head.Activation;
        var scope = new ParameterScope(parameters, ModelPart.Head);
        _dense = new LinearLayer(scope, "head.dense", width, configuration.HiddenSize, head.HasBias);
        _norm = new NormLayer(scope, "head.norm", width, configuration.Norm);
        Decoder = head.IsTied ? encoder.TokenTable : scope.Matrix("decoder.weight", configuration.VocabularySize, width);
        DecoderBias = scope.Bias("decoder.bias", configuration.VocabularySize, head.HasDecoderBias);
    }

    /// <summary>The decoder's weight, [vocabulary × width of token vectors].</summary>
    public Parameter Decoder { get; }

    /// <summary>The decoder's bias, [vocabulary], or null.</summary>
    public Parameter? DecoderBias { get; }

    /// <summary>The decoder's input for some rows of hidden states: [rows × width of token vectors].</summary>
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

    /// <summary>Σ weights · −log p(target) of transformed rows, in nats, with optional label smoothing.</summary>
    public Loss Loss(Pass pass, Tensor transformed, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, double smoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.LinearCrossEntropy(transformed, Decoder, DecoderBias, targets, weights, smoothing);
    }
}
