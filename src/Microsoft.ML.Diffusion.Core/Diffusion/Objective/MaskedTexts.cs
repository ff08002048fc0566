using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>Tokenized texts for training or evaluation: each is [opening token] prompt text [closing token].</summary>
public sealed class MaskedTexts
{
    private const ulong TailKey = 0x7461696C; // "tail"
    private readonly Tokenizer _tokenizer;
    private readonly int _maxLength;
    private readonly List<int> _leading = [];
    private readonly TokenList _tokens = new();
    private readonly List<int> _sequence = [];

    /// <summary>Starts a collection.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxLength">The longest sequence, with opening and closing token, 3 or more.</param>
    public MaskedTexts(Tokenizer tokenizer, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        (_tokenizer, _maxLength) = (tokenizer, maxLength);
    }

    /// <summary>The sequences.</summary>
    public RaggedTokens Sequences { get; } = new();

    /// <summary>
    /// Whether the closing tokens are part of the text: masked and learned like any other token, so that a model ends its texts itself.
    /// Texts shorter than a full sequence have several of them (<see cref="AddDocument(string, int)"/>). Nie et al. (LLaDA, 2025).
    /// </summary>
    public bool LearnEnd { get; init; }

    /// <summary>The number of given tokens at the start of each sequence (opening token and prompt), [Sequences.Count].</summary>
    public ReadOnlySpan<int> Leading => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_leading);

    /// <summary>The number of prompts whose beginning was cut off because they left no room for text to learn.</summary>
    public int TruncatedPrompts { get; private set; }

    /// <summary>The number of texts longer than a sequence; each was split into several, with the prompt before each.</summary>
    public int SplitTexts { get; private set; }

    /// <summary>The number of lone surrogates that were read as U+FFFD.</summary>
    public long LoneSurrogates { get; private set; }

    /// <summary>
    /// Adds a text and its prompt. A text that is too long becomes several sequences, each after the prompt; of a prompt that takes more
    /// than half of a sequence only the end is used. An empty text adds nothing.
    /// </summary>
    public void Add(ReadOnlySpan<char> prompt, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        _tokens.Clear();
        LoneSurrogates += _tokenizer.Encode(prompt, _tokens);
        int prompted = _tokens.Count;
        LoneSurrogates += _tokenizer.Encode(text, _tokens);
        int room = _maxLength - 2, longestPrompt = room / 2;
        int promptStart = Math.Max(0, prompted - longestPrompt);
        if (promptStart > 0)
            TruncatedPrompts++;
        int piece = room - (prompted - promptStart);
        if (_tokens.Count - prompted > piece)
            SplitTexts++;
        for (int start = prompted; start < _tokens.Count; start += piece)
        {
            Append(_tokens.Ids[promptStart..prompted], _tokens.Ids[start..Math.Min(_tokens.Count, start + piece)]);
        }
    }

    /// <summary>Adds a running text, split into sequences as long as possible; each of its tokens is in exactly one.</summary>
    public void AddRunning(IEnumerable<string> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        int room = _maxLength - 2;
        var pending = new List<int>();
        foreach (string piece in pieces)
        {
            _tokens.Clear();
            LoneSurrogates += _tokenizer.Encode(piece, _tokens);
            pending.AddRange(_tokens.Ids);
            int start = 0;
            ReadOnlySpan<int> ids = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
            for (; pending.Count - start >= room; start += room)
                Append([], ids.Slice(start, room));
            pending.RemoveRange(0, start);
        }
        if (pending.Count > 0)
            Append([], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending));
    }

    /// <summary>Splits a reader's text into documents, which empty lines separate.</summary>
    public static IEnumerable<string> ReadDocuments(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return Read();

        IEnumerable<string> Read()
        {
            var document = new StringBuilder();
            while (reader.ReadLine() is string line)
            {
                if (!string.IsNullOrWhiteSpace(line))
                {
                    document.Append(document.Length > 0 ? "\n" : "").Append(line);
                }
                else if (document.Length > 0)
                {
                    yield return document.ToString();
                    document.Clear();
                }
            }
            if (document.Length > 0)
                yield return document.ToString();
        }
    }

    /// <summary>Adds a document that, by chance, closing tokens follow: up to a full sequence of them, so that a model learns to end
    /// early.</summary>
    /// <param name="text">The document.</param>
    /// <param name="tailShare">The share of documents with more than one closing token.</param>
    /// <param name="number">The document's number, which is the key of the chance.</param>
    public void AddDocument(string text, double tailShare, ulong number)
    {
        (double chance, double place) = Philox.Uniforms(TailKey, number, 0);
        AddDocument(text, chance < tailShare ? 1 + (int)(place * _maxLength) : 1);
    }

    /// <summary>
    /// Adds a document with its end: [opening token] text [closing tokens]. One that is too long becomes several sequences, and only the
    /// last one has the end; it is split after a line that ends in the second half of a sequence, if there is one. An empty document adds
    /// nothing.
    /// </summary>
    /// <param name="text">The document.</param>
    /// <param name="ends">
    /// The number of closing tokens to end it with, 1 or more, if there is room. A model that learns them (<see cref="LearnEnd"/>) has then
    /// seen texts that are shorter than a full sequence.
    /// </param>
    public void AddDocument(string text, int ends = 1)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(ends, 1);
        _tokens.Clear();
        var lines = new List<int>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            int newline = text.IndexOf('\n', start);
            end = newline < 0 ? text.Length : newline + 1;
            LoneSurrogates += _tokenizer.Encode(text.AsSpan(start, end - start), _tokens);
            lines.Add(_tokens.Count);
        }
        if (_tokens.Count == 0)
            return;
        int room = _maxLength - 1, position = 0;
        if (_tokens.Count >= room)
            SplitTexts++;
        while (_tokens.Count - position >= room)
        {
            // Leaves some text for the last piece, which has the end.
            int limit = Math.Min(position + room, _tokens.Count - 1), line = lines.FindLast(end => end <= limit);
            int cut = line - position > room / 2 ? line : limit;
            Append([], _tokens.Ids[position..cut], ends: 0);
            position = cut;
        }
        Append([], _tokens.Ids[position..], Math.Min(ends, room - (_tokens.Count - position)));
    }

    /// <summary>Whether a token is given and never masked: the special ones, except an end that is learned.</summary>
    internal bool IsGiven(int token) => _tokenizer.IsSpecial(token) && !(LearnEnd && token == _tokenizer.EndToken);

    private void Append(ReadOnlySpan<int> prompt, ReadOnlySpan<int> text, int ends = 1)
    {
        _sequence.Clear();
        _sequence.Add(_tokenizer.BeginToken);
        _sequence.AddRange(prompt);
        _leading.Add(_sequence.Count);
        _sequence.AddRange(text);
        _sequence.AddRange(Enumerable.Repeat(_tokenizer.EndToken, ends));
        Sequences.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sequence));
    }
}
