namespace Microsoft.ML.Diffusion.Text;

/// <summary>The ids of the special tokens, and which ids represent no text.</summary>
internal sealed class SpecialTokenIds
{
    private readonly (int Id, string Name)[] _roles;
    private readonly HashSet<int> _all = [];

    /// <summary>Looks the names up.</summary>
    /// <exception cref="TokenizerException">The vocabulary lacks one.</exception>
    public SpecialTokenIds(string source, TokenTable tokens, SpecialTokenNames names)
    {
        Begin = Find("opens a sequence", names.Begin);
        End = Find("closes a sequence", names.End);
        Mask = Find("stands for a masked position", names.Mask);
        Pad = Find("pads", names.Pad);
        Unknown = Find("stands for what cannot be spelled", names.Unknown);
        _roles = [(Begin, names.Begin), (End, names.End), (Mask, names.Mask), (Pad, names.Pad), (Unknown, names.Unknown)];
        foreach ((int id, _) in _roles)
            _all.Add(id);
        foreach (AddedToken token in tokens.Added)
        {
            if (token.IsSpecial)
                _all.Add(token.Id);
        }

        int Find(string role, string name)
        {
            int id = tokens.Find(name);
            return id >= 0 ? id : throw new TokenizerException(
                $"{source}: the vocabulary has no token '{name}', which {role}. If another of its tokens does, give that one in " +
                    "special_tokens_map.json or tokenizer_config.json.");
        }
    }

    public int Begin { get; }

    public int End { get; }

    public int Mask { get; }

    public int Pad { get; }

    public int Unknown { get; }

    /// <summary>Whether an id represents no text.</summary>
    public bool Contains(int id) => _all.Contains(id);

    /// <summary>The added tokens, with the special ones that are not among them.</summary>
    /// <param name="added">The added tokens in the files.</param>
    /// <param name="maskTakesLeft">Whether the mask includes the whitespace before it if the files do not say, as RoBERTa's does.</param>
    public IReadOnlyList<AddedToken> Complete(IReadOnlyList<AddedToken> added, bool maskTakesLeft)
    {
        var complete = new List<AddedToken>(added);
        foreach ((int id, string name) in _roles)
        {
            int known = complete.FindIndex(token => token.Id == id);
            if (known < 0)
                complete.Add(new AddedToken(id, name, IsSpecial: true, TakesLeft: maskTakesLeft && id == Mask));
            else if (!complete[known].IsSpecial)
                complete[known] = complete[known] with { IsSpecial = true };
        }
        complete.Sort(static (first, second) => first.Id.CompareTo(second.Id));
        return complete;
    }
}
