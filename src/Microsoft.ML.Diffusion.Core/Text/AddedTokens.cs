namespace Microsoft.ML.Diffusion.Text;

/// <summary>Which added tokens are matched.</summary>
internal enum AddedTokenKinds
{
    /// <summary>Those that represent text.</summary>
    Text,

    /// <summary>Those that represent text, and the mask.</summary>
    TextAndMask,

    /// <summary>The special ones too.</summary>
    All,
}

/// <summary>
/// The added tokens, and how they are matched. As in Hugging Face's tokenizers, those that are not normalized are matched in the text as
/// given, and then the others in the pieces between, normalized.
/// </summary>
internal sealed class AddedTokens
{
    private readonly int _mask;
    private readonly HashSet<int> _ids;
    private readonly Lazy<AddedTokenFinder>[] _asGiven;
    private readonly Lazy<AddedTokenFinder>[] _normalized;

    /// <summary>Makes the list.</summary>
    /// <param name="tokens">The tokens, in the order of their ids.</param>
    /// <param name="mask">The id of the mask.</param>
    /// <param name="normalize">The tokenizer's normalization of a text.</param>
    public AddedTokens(IReadOnlyList<AddedToken> tokens, int mask, Func<string, string> normalize)
    {
        (Tokens, _mask) = (tokens, mask);
        _ids = [.. tokens.Select(static token => token.Id)];
        _asGiven = Finders(isNormalized: false, static content => content);
        _normalized = Finders(isNormalized: true, normalize);
    }

    /// <summary>The tokens, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>Whether an id belongs to an added token.</summary>
    public bool Contains(int id) => _ids.Contains(id);

    /// <summary>Finds the tokens that are matched in the text as given.</summary>
    public AddedTokenFinder AsGiven(AddedTokenKinds kinds) => _asGiven[(int)kinds].Value;

    /// <summary>Finds the tokens that are matched in the normalized text.</summary>
    public AddedTokenFinder Normalized(AddedTokenKinds kinds) => _normalized[(int)kinds].Value;

    // Special tokens first: of two with the same spelling the first is matched.
    private Lazy<AddedTokenFinder>[] Finders(bool isNormalized, Func<string, string> spelling) => Array.ConvertAll(
        Enum.GetValues<AddedTokenKinds>(),
        kinds => new Lazy<AddedTokenFinder>(() => new AddedTokenFinder(
            Tokens.Where(token => token.IsNormalized == isNormalized && (kinds == AddedTokenKinds.All || !token.IsSpecial ||
                    kinds == AddedTokenKinds.TextAndMask && token.Id == _mask))
                .OrderByDescending(static token => token.IsSpecial),
            token => spelling(token.Content))));
}
