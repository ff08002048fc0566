using System.Text;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>All tokens of a tokenizer: the vocabulary, with which text is spelled, and the added tokens, with which it is not.</summary>
internal sealed class TokenTable
{
    private readonly Vocabulary _beyond;

    private TokenTable(Vocabulary vocabulary, Vocabulary beyond, IReadOnlyList<AddedToken> added) =>
        (Vocabulary, _beyond, Added) = (vocabulary, beyond, added);

    /// <summary>What text is spelled with.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The added tokens that the files name, in the order of their ids; the vocabulary may have them too.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>The added tokens that the vocabulary does not have, in the order of their ids.</summary>
    public IEnumerable<AddedToken> Beyond => Added.Where(token => Vocabulary.Find(token.Utf8) < 0);

    /// <summary>One more than the highest id.</summary>
    public int Count => Math.Max(Vocabulary.Count, _beyond.Count);

    /// <summary>The spelling of an id, UTF-8; nothing for a hole.</summary>
    public ReadOnlySpan<byte> Spelling(int id) => _beyond.Spelling(id) is { IsEmpty: false } spelling ? spelling : Vocabulary.Spelling(id);

    /// <summary>The id with this spelling, or −1.</summary>
    public int Find(string spelling)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(spelling);
        return utf8.Length == 0 ? -1 : Find(utf8);
    }

    /// <summary>Whether the id is the one that text with its spelling gets.</summary>
    public bool IsSpelled(int id) => Spelling(id) is { IsEmpty: false } spelling && Find(spelling) == id;

    /// <summary>Puts a vocabulary and added tokens together.</summary>
    /// <param name="source">The vocabulary's file, for messages.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="added">The added tokens, each id and each spelling once, in the order of their ids.</param>
    /// <exception cref="TokenizerException">The vocabulary has an added token by another id, or another token by its id.</exception>
    public static TokenTable Of(string source, Vocabulary vocabulary, IReadOnlyList<AddedToken> added)
    {
        List<AddedToken> beyond = [];
        foreach (AddedToken token in added)
        {
            int known = vocabulary.Find(token.Utf8);
            ReadOnlySpan<byte> spelling = vocabulary.Spelling(token.Id);
            if (known < 0 && spelling.IsEmpty)
                beyond.Add(token);
            else if (known < 0)
                throw TokenConflict.OfOneId(token.Id, Encoding.UTF8.GetString(spelling), source, token.Content, token.Source);
            else if (known != token.Id)
                throw TokenConflict.OfOneToken(token.Content, known, source, token.Id, token.Source);
        }
        // Hugging Face's tokenizers number added tokens themselves, from the number of the vocabulary's spellings on. Where that would
        // move an id, the token is the vocabulary's own, which is what keeps its id there.
        int count = vocabulary.Count;
        bool isInOrder = vocabulary.SpellingCount == count && beyond.Index().All(pair => pair.Item.Id == count + pair.Index);
        return isInOrder
            ? new TokenTable(vocabulary, OfTokens(source, beyond, into: null), added)
            : new TokenTable(OfTokens(source, beyond, vocabulary), OfTokens(source, [], into: null), added);
    }

    private int Find(ReadOnlySpan<byte> spelling) => _beyond.Find(spelling) is >= 0 and int id ? id : Vocabulary.Find(spelling);

    private static Vocabulary OfTokens(string source, List<AddedToken> tokens, Vocabulary? into)
    {
        int count = (into?.EntryCount ?? 0) + tokens.Count, bytes = (into?.ByteCount ?? 0) + tokens.Sum(static token => token.Utf8.Length);
        var builder = new Vocabulary.Builder(source, count, bytes);
        for (int entry = 0; entry < (into?.EntryCount ?? 0); entry++)
            builder.Add(into!.EntrySpelling(entry), into.EntryId(entry));
        foreach (AddedToken token in tokens)
            builder.Add(token.Utf8, token.Id);
        return builder.Build();
    }
}
