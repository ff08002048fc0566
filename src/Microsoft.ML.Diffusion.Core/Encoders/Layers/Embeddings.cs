using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>
/// norm(token + position + type), [tokens × width], projected to the hidden size if the widths differ (Lan et al. 2020).
/// </summary>
internal sealed class Embeddings
{
    private readonly EmbeddingConfiguration _configuration;
    private readonly Parameter? _positions;
    private readonly Parameter? _types;
    private readonly NormLayer _norm;
    private readonly LinearLayer? _projection;

    /// <summary>Declares the parameters.</summary>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="configuration">The encoder's configuration.</param>
    /// <param name="learnsPositions">Whether there is a table of positions.</param>
    public Embeddings(ParameterSet parameters, EncoderConfiguration configuration, bool learnsPositions)
    {
        _configuration = configuration.Embeddings;
        int width = _configuration.Width ?? configuration.HiddenSize;
        var scope = new ParameterScope(parameters, ModelPart.Embeddings, "embeddings.");
        Tokens = scope.Table("tokens", configuration.VocabularySize, width);
        _positions = learnsPositions ? scope.Table("positions", _configuration.PositionOffset + configuration.MaxLength, width) : null;
        _types = _configuration.TokenTypes > 0 ? scope.Table("types", _configuration.TokenTypes, width) : null;
        _norm = new NormLayer(scope, "norm", width, configuration.Norm);
        _projection = _configuration.Width is null ? null
            : new LinearLayer(scope, "projection", configuration.HiddenSize, width, bias: true);
    }

    /// <summary>The table of token vectors, which a tied decoder shares.</summary>
    public Parameter Tokens { get; }

    /// <summary>The input of the first layer, [tokens × hidden size].</summary>
    public Tensor Forward(Pass pass, Indices tokens, Sequences sequences, Indices? types)
    {
        Tensor x = pass.Embed(Tokens, tokens);
        if (_positions is not null)
            pass.AddPositions(x, _positions, sequences, _configuration.PositionOffset);
        if (_types is not null && types is Indices given)
            pass.AddEmbedding(x, _types, given);
        else if (_types is not null)
            pass.AddRow(x, _types, 0);
        x = pass.Dropout(_norm.Forward(pass, x), _configuration.Dropout);
        return _projection is null ? x : _projection.Forward(pass, x);
    }
}
