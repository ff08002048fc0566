namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// How a tokenizer makes one sequence of a text, <c>[opening] text [closing]</c>, and of a pair,
/// <c>[opening] first [closing]… second [closing]</c>. A single text has the token type 0 throughout.
/// </summary>
internal sealed class SequenceTemplate : IEquatable<SequenceTemplate>
{
    private readonly int[] _types; // of the opening token, the first text, each separator, the second text and the closing token
    private readonly string? _problem;

    /// <summary>Makes a template.</summary>
    /// <param name="pairTypes">The token types in a pair: of the opening token, the first text, each of the separators, the second text
    /// and the closing token.</param>
    public SequenceTemplate(params int[] pairTypes) : this(pairTypes, problem: null)
    {
    }

    private SequenceTemplate(int[] pairTypes, string? problem) => (_types, _problem) = (pairTypes, problem);

    /// <summary>BERT's: one separator; the second text and the closing token have the type 1.</summary>
    public static SequenceTemplate Bert { get; } = new(0, 0, 0, 1, 1);

    /// <summary>RoBERTa's: two separators; every token has the type 0.</summary>
    public static SequenceTemplate Roberta { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>The number of closing tokens between the texts of a pair.</summary>
    public int Separators => _types.Length - 4;

    /// <summary>The type of the opening token of a pair.</summary>
    public int OpeningType => _types[0];

    /// <summary>The type of the first text of a pair.</summary>
    public int FirstType => _types[1];

    /// <summary>The type of each separator.</summary>
    public ReadOnlySpan<int> SeparatorTypes => _types.AsSpan(2, Separators);

    /// <summary>The type of the second text of a pair.</summary>
    public int SecondType => _types[^2];

    /// <summary>The type of the closing token of a pair.</summary>
    public int ClosingType => _types[^1];

    /// <summary>Whether pairs can be made.</summary>
    public bool HasPairs => _problem is null;

    /// <summary>The template of a family whose tokenizer says nothing.</summary>
    /// <param name="separators">The number of closing tokens between the texts of a pair.</param>
    public static SequenceTemplate WithSeparators(int separators) => separators == 2 ? Roberta : Bert;

    /// <summary>A template for single texts only.</summary>
    /// <param name="problem">The message of the error when a pair is made.</param>
    public static SequenceTemplate WithoutPairs(string problem) => new([0, 0, 0, 1, 1], problem);

    /// <summary>The template itself.</summary>
    /// <exception cref="TokenizerException">It cannot make pairs.</exception>
    public SequenceTemplate ForPairs() => _problem is null ? this : throw new TokenizerException(_problem);

    /// <summary>Checks that a model has the types of a pair. A model with one type was trained with type 0 for every token.</summary>
    /// <param name="tokenTypes">The number of the model's token types.</param>
    /// <exception cref="TokenizerException">It lacks one.</exception>
    public void CheckTypes(int tokenTypes)
    {
        int highest = _types.Max();
        if (tokenTypes > 1 && highest >= tokenTypes)
            throw new TokenizerException(
                $"{TokenizerFiles.TokenizerJson}, post_processor: gives tokens of a pair the type {highest}, and the model " +
                    $"has {tokenTypes} " +
                $"types (type_vocab_size in config.json); expected types from 0 to {tokenTypes - 1}. Use the tokenizer's files as they " +
                "were saved together with the model.");
    }

    /// <inheritdoc/>
    public bool Equals(SequenceTemplate? other) =>
        other is not null && _types.AsSpan().SequenceEqual(other._types) && _problem == other._problem;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SequenceTemplate);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_types.Length, ClosingType);
}
