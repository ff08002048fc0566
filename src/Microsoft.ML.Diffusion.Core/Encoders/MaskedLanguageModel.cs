using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>An encoder with its masked-language head.</summary>
public sealed class MaskedLanguageModel : EncoderWithHead
{
    /// <summary>Declares a model; its parameters have no values yet.</summary>
    internal MaskedLanguageModel(EncoderFamily family, EncoderConfiguration configuration, Engine engine)
        : base(family, configuration, engine) =>
        Head = new MaskedLanguageHead(Encoder, Parameters);

    /// <summary>The head.</summary>
    public MaskedLanguageHead Head { get; }

    internal override string Architecture => Family.ClassPrefix + "ForMaskedLM";

    private protected override Parameter? TiedTable => Configuration.Head.IsTied ? Head.Decoder : null;

    /// <summary>A model with fresh weights: normal with the configuration's standard deviation, biases 0, normalizations 1.</summary>
    public static MaskedLanguageModel Initialize(EncoderFamily family, EncoderConfiguration configuration, Engine engine, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(engine);
        var model = new MaskedLanguageModel(family, configuration, engine);
        foreach (Parameter parameter in model.Parameters.All)
            model.InitializeFresh(parameter, seed);
        return model;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types = default) =>
        Head.Decode(pass, Head.Transform(pass, Encoder.Forward(pass, batch, types)));

    internal override IEnumerable<TensorName> TensorNames() => [.. Family.EncoderNames(Configuration), .. Family.MaskedLanguageHeadNames()];
}
