namespace Microsoft.ML.Diffusion.Text;

/// <summary>Puts together what several files say of added tokens, each id and each spelling once.</summary>
internal sealed class AddedTokenMerge
{
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, int> _ids = [];

    /// <summary>The tokens, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> Tokens => [.. _byId.Values.OrderBy(static token => token.Id)];

    /// <summary>One more than the highest id.</summary>
    public int Count { get; private set; }

    /// <summary>The token with an id, if it is there.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The token with a spelling, if it is there.</summary>
    public AddedToken? Find(string content) => _ids.TryGetValue(content, out int id) ? _byId[id] : null;

    /// <summary>Adds a token, or replaces the known one. A token of no characters is left out, as Hugging Face leaves it out.</summary>
    /// <exception cref="TokenizerException">The id has another spelling, or the spelling has another id.</exception>
    public void Set(AddedToken token)
    {
        if (token.Content.Length == 0)
            return;
        if (token.Id >= Vocabulary.IdLimit)
        {
            throw new TokenizerException(
                $"{token.Source}: the added token '{Messages.Shorten(token.Content)}' has the id {token.Id}; " +
                $"ids must be in [0, {Vocabulary.IdLimit}).");
        }
        if (_byId.TryGetValue(token.Id, out AddedToken? other) && other.Content != token.Content)
            throw TokenConflict.OfOneId(token.Id, other.Content, other.Source, token.Content, token.Source);
        if (_ids.TryGetValue(token.Content, out int id) && id != token.Id)
            throw TokenConflict.OfOneToken(token.Content, id, _byId[id].Source, token.Id, token.Source);
        _byId[token.Id] = token;
        _ids[token.Content] = token.Id;
        Count = Math.Max(Count, token.Id + 1);
    }
}
