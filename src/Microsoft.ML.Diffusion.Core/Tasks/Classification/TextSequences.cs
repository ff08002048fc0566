using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Texts, or pairs of texts, as inputs of an encoder: <c>[opening] first [closing]</c>, and for a pair closing tokens
/// between the two, as many as the tokenizer's files say (or the family has), and one at the end. A text that is
/// too long loses its end, and is counted.
/// </summary>
public sealed class TextSequences
{
    private readonly Tokenizer _tokenizer;
    private readonly SequenceTemplate _template;
    private readonly bool _hasTypes;
    private readonly List<int> _types = [];
    private readonly List<int> _sequence = [];
    private readonly TokenList _first = new(), _second = new();

    /// <summary>Makes an empty collection.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="family">The model's family, which determines the tokens between two texts if the tokenizer's files do not.</param>
    /// <param name="configuration">The encoder's configuration.</param>
    /// <param name="maxLength">The longest sequence, special tokens included; 0 for the encoder's longest.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> leaves no room for texts, or is more than the encoder's
    /// maximum.</exception>
    /// <exception cref="TokenizerException">The tokenizer gives types that the encoder lacks.</exception>
    public TextSequences(Tokenizer tokenizer, EncoderFamily family, EncoderConfiguration configuration, int maxLength = 0)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(configuration);
        (_tokenizer, _template, _hasTypes) = (tokenizer, family.TemplateOf(tokenizer), configuration.Embeddings.TokenTypes > 1);
        _template.CheckTypes(configuration.Embeddings.TokenTypes);
        MaxLength = maxLength == 0 ? configuration.MaxLength : maxLength;
        int shortest = 2 + _template.Separators + 2;
        if (MaxLength < shortest || MaxLength > configuration.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(maxLength), maxLength,
                $"MaxLength is {maxLength} tokens; expected {shortest} (the special tokens of a pair, and one of each text) to " +
                $"{configuration.MaxLength}, the encoder's maximum, or 0 for that maximum.");
    }

    /// <summary>The longest sequence, special tokens included.</summary>
    public int MaxLength { get; }

    /// <summary>The sequences.</summary>
    public RaggedTokens Sequences { get; } = new();

    /// <summary>
    /// The type of each token of all sequences: 0 for a single text, as the tokenizer says for a pair (BERT: 0 for the first text with its
    /// special tokens, 1 for the second); empty if the encoder has fewer than two types.
    /// </summary>
    public ReadOnlySpan<int> Types => CollectionsMarshal.AsSpan(_types);

    /// <summary>The number of sequences so far that lost their end.</summary>
    public long Truncated { get; private set; }

    /// <summary>The number of sequences so far without a token of text.</summary>
    public long Empty { get; private set; }

    /// <summary>The number of lone surrogates so far; each was read as U+FFFD.</summary>
    public long LoneSurrogates { get; private set; }

    /// <summary>The types of one sequence's tokens; empty if the encoder has no types.</summary>
    internal ReadOnlySpan<int> TypesOf(int sequence) =>
        _hasTypes ? Types[Sequences.Bounds[sequence]..Sequences.Bounds[sequence + 1]] : [];

    /// <summary>Adds a text; an empty one becomes the special tokens alone.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        Encode(text, _first);
        Begin(_first.Count, _first.Count > MaxLength - 2, type: 0);
        Append(_first.Ids[..Math.Min(_first.Count, MaxLength - 2)], type: 0);
        Append(_tokenizer.EndToken, type: 0);
        End();
    }

    /// <summary>
    /// Adds a pair. If it is too long, the longer text loses its end until both fit, counted like the strategy <c>longest_first</c> of
    /// Hugging Face's tokenizers.
    /// </summary>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs in a form that is supported.</exception>
    public void Add(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        _template.ForPairs();
        Encode(first, _first);
        Encode(second, _second);
        (int firstKept, int secondKept) = Fit(_first.Count, _second.Count, MaxLength - 2 - _template.Separators);
        Begin(_first.Count + _second.Count, firstKept < _first.Count || secondKept < _second.Count, _template.OpeningType);
        Append(_first.Ids[..firstKept], _template.FirstType);
        foreach (int type in _template.SeparatorTypes)
            Append(_tokenizer.EndToken, type);
        Append(_second.Ids[..secondKept], _template.SecondType);
        Append(_tokenizer.EndToken, _template.ClosingType);
        End();
    }

    /// <summary>Removes all sequences; the counters stay.</summary>
    public void Clear()
    {
        Sequences.Clear();
        _types.Clear();
    }

    /// <summary>The number of tokens of each text that fit if both together may have <paramref name="room"/>.</summary>
    internal static (int First, int Second) Fit(int first, int second, int room)
    {
        if (first + second <= room)
            return (first, second);
        int shorter = Math.Min(Math.Min(first, second), room / 2), longer = room - shorter;
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private void Encode(ReadOnlySpan<char> text, TokenList tokens)
    {
        tokens.Clear();
        LoneSurrogates += _tokenizer.Encode(text, tokens);
    }

    private void Begin(int tokens, bool truncated, int type)
    {
        Truncated += truncated ? 1 : 0;
        Empty += tokens == 0 ? 1 : 0;
        _sequence.Clear();
        Append(_tokenizer.BeginToken, type);
    }

    private void Append(int token, int type) => Append([token], type);

    private void Append(ReadOnlySpan<int> tokens, int type)
    {
        _sequence.AddRange(tokens);
        if (_hasTypes)
            CollectionsMarshal.SetCount(_types, _types.Count + tokens.Length);
        if (_hasTypes)
            CollectionsMarshal.AsSpan(_types)[^tokens.Length..].Fill(type);
    }

    private void End() => Sequences.Append(CollectionsMarshal.AsSpan(_sequence));
}
