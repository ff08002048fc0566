using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>A BERT-family encoder: tokens to hidden states, each sequence by itself.</summary>
public sealed class Encoder
{
    private readonly Parameter _tokens;
    private readonly Parameter? _positions;
    private readonly Parameter? _types;
    private readonly NormLayer _embeddingNorm;
    private readonly PostNormLayer[] _postNorm;
    private readonly PreNormLayer[] _preNorm;
    private readonly NormLayer? _finalNorm;

    /// <summary>Declares an encoder's parameters; their values come from a checkpoint or from <see cref="MaskedLanguageModel.Initialise"/>.</summary>
    public Encoder(EncoderConfiguration configuration, ParameterSet parameters)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(parameters);
        Configuration = configuration;
        int width = configuration.HiddenSize, layers = configuration.Layers;
        bool modern = configuration.IsModern;
        _tokens = parameters.Matrix("embeddings.tokens", configuration.VocabularySize, width);
        _positions = modern ? null : parameters.Matrix("embeddings.positions", configuration.PositionOffset + configuration.MaxLength, width);
        _types = configuration.TokenTypes > 0 ? parameters.Matrix("embeddings.types", configuration.TokenTypes, width) : null;
        _embeddingNorm = new NormLayer(parameters, "embeddings.norm", width, configuration.NormBias, configuration.NormEpsilon);
        _postNorm = modern ? [] : [.. Enumerable.Range(0, layers).Select(i => new PostNormLayer(parameters, $"layers.{i}", configuration))];
        _preNorm = modern ? [.. Enumerable.Range(0, layers).Select(i => new PreNormLayer(parameters, i, configuration))] : [];
        _finalNorm = modern ? new NormLayer(parameters, "norm", width, configuration.NormBias, configuration.NormEpsilon) : null;
    }

    /// <summary>What the encoder is built from.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The table of token vectors, which a tied decoder shares.</summary>
    internal Parameter TokenTable => _tokens;

    /// <summary>The last hidden states.</summary>
    /// <param name="pass">The run.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="types">Each token's type (segment), [tokens]; empty stands for type 0 everywhere.</param>
    /// <returns>[tokens × hidden size].</returns>
    /// <exception cref="ArgumentException">A sequence is longer than the encoder's
    /// <see cref="EncoderConfiguration.MaxLength"/>.</exception>
    public Tensor Forward(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types = default)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        CheckLengths(batch);
        return Forward(pass, pass.IndicesOf(batch.Tokens), pass.SequencesOf(batch.Bounds), types.IsEmpty ? null : pass.IndicesOf(types));
    }

    /// <summary>The last hidden states, of what the pass has already: nothing here depends on the batch.</summary>
    /// <param name="pass">The run.</param>
    /// <param name="tokens">The tokens of all sequences, [tokens].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="types">Each token's type (segment), [tokens]; null for type 0 everywhere.</param>
    /// <returns>[tokens × hidden size].</returns>
    /// <exception cref="ArgumentException">A sequence is longer than the encoder's
    /// <see cref="EncoderConfiguration.MaxLength"/>.</exception>
    public Tensor Forward(Pass pass, Indices tokens, Sequences sequences, Indices? types = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        if (sequences.Longest > Configuration.MaxLength)
            throw new ArgumentException($"A sequence has {sequences.Longest} tokens; the encoder takes at most {Configuration.MaxLength}.", nameof(sequences));
        Tensor x = _embeddingNorm.Forward(pass, Embed(pass, tokens, sequences, types));
        x = pass.Dropout(x, Configuration.EmbeddingDropout);
        ArenaMark mark = pass.Mark();
        if (!Configuration.IsModern)
        {
            foreach (PostNormLayer layer in _postNorm)
                x = pass.Keep(mark, pass.Run(layer, x, null, sequences).Stream);
            return x;
        }
        Tensor? pending = null;
        foreach (PreNormLayer layer in _preNorm)
        {
            (x, pending) = pass.Run(layer, x, pending, sequences);
            (x, pending) = pass.Keep(mark, x, pending!.Value);
        }
        return pending is Tensor last ? _finalNorm!.Forward(pass, x, last).Normalised : _finalNorm!.Forward(pass, x);
    }

    private Tensor Embed(Pass pass, Indices tokens, Sequences sequences, Indices? types)
    {
        Tensor x = pass.Embed(_tokens, tokens);
        if (_positions is not null)
            pass.AddPositions(x, _positions, sequences, Configuration.PositionOffset);
        if (_types is null)
            return x;
        if (types is Indices given)
            pass.AddEmbedding(x, _types, given);
        else
            pass.AddRow(x, _types, 0);
        return x;
    }

    private void CheckLengths(RaggedTokens batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            int length = batch.Bounds[i + 1] - batch.Bounds[i];
            if (length > Configuration.MaxLength)
                throw new ArgumentException($"Sequence {i} has {length} tokens; the encoder takes at most {Configuration.MaxLength}. Shorten the text or cut it into windows.");
        }
    }
}
