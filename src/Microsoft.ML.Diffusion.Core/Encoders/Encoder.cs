using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// A BERT-family encoder: tokens to hidden states, each sequence independently. An <see cref="EncoderFamily"/> builds it; a layer may occur
/// in the list several times.
/// </summary>
public sealed class Encoder
{
    private readonly Embeddings _embeddings;
    private readonly ILayer[] _layers;
    private readonly NormLayer? _finalNorm;

    internal Encoder(EncoderConfiguration configuration, Embeddings embeddings, ILayer[] layers, NormLayer? finalNorm = null) =>
        (Configuration, _embeddings, _layers, _finalNorm) = (configuration, embeddings, layers, finalNorm);

    /// <summary>The encoder's configuration.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The table of token vectors, which a tied decoder shares.</summary>
    internal Parameter TokenTable => _embeddings.Tokens;

    /// <summary>Computes the last hidden states.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="types">Each token's type (segment), [tokens]; empty for type 0 everywhere.</param>
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

    /// <summary>Computes the last hidden states from handles of the pass; nothing here depends on the batch.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="tokens">The tokens of all sequences, [tokens].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="types">Each token's type (segment), [tokens]; null for type 0 everywhere.</param>
    /// <returns>[tokens × hidden size].</returns>
    /// <exception cref="ArgumentException">A sequence is longer than the encoder's
    /// <see cref="EncoderConfiguration.MaxLength"/>.</exception>
    internal Tensor Forward(Pass pass, Indices tokens, Sequences sequences, Indices? types = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        if (sequences.Longest > Configuration.MaxLength)
            throw new ArgumentException($"A sequence has {sequences.Longest} tokens; the encoder takes at most {Configuration.MaxLength}.",
                nameof(sequences));
        Tensor x = _embeddings.Forward(pass, tokens, sequences, types);
        Tensor? branch = null;
        ArenaMark mark = pass.Mark();
        foreach (ILayer layer in _layers)
        {
            (x, branch) = pass.Run(layer, x, branch, sequences);
            (x, branch) = pass.Keep(mark, x, branch);
        }
        if (_finalNorm is null)
            return x;
        return branch is Tensor last ? _finalNorm.Forward(pass, x, last).Normalized : _finalNorm.Forward(pass, x);
    }

    private void CheckLengths(RaggedTokens batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            int length = batch.Bounds[i + 1] - batch.Bounds[i];
            if (length > Configuration.MaxLength)
                throw new ArgumentException(
                    $"Sequence {i} has {length} tokens; the encoder takes at most {Configuration.MaxLength}. Shorten the text or cut " +
                    "it into windows.");
        }
    }
}
