using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>An encoder without a head, whose hidden states are the output.</summary>
public sealed class EmbeddingModel : EncoderWithHead
{
    /// <summary>Declares a model; its parameters have no values yet.</summary>
    internal EmbeddingModel(EncoderFamily family, EncoderConfiguration configuration, Engine engine)
        : base(family, configuration, engine)
    {
    }

    internal override string Architecture => Family.ClassPrefix + "Model";

    private protected override Parameter? TiedTable => null;

    /// <summary>Computes the last hidden states, [tokens × hidden size].</summary>
    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types = default) =>
        Encoder.Forward(pass, batch, types);

    internal override IEnumerable<TensorName> TensorNames() => Family.EncoderNames(Configuration);
}
