namespace Microsoft.ML.Diffusion;

/// <summary>How gaps are filled: <see cref="DenoisingSettings"/>, the lengths of gaps, and the words that they must contain.</summary>
public sealed record InfillingSettings : DenoisingSettings
{
    private const int MostSamples = 10_000;
    private const int MostCandidates = 10_000;
    private const int MostWords = 16;

    /// <summary>Makes the default settings.</summary>
    public InfillingSettings()
    {
    }

    /// <summary>Makes settings with the same denoising as others.</summary>
    /// <param name="denoising">How masks become tokens.</param>
    public InfillingSettings(DenoisingSettings denoising) : base(denoising)
    {
    }

    /// <summary>The fewest tokens of a gap whose length the template leaves open.</summary>
    public int ShortestGap { get; init; } = 1;

    /// <summary>The most tokens of a gap whose length the template leaves open.</summary>
    public int LongestGap { get; init; } = 8;

    /// <summary>
    /// The most candidates for a template: combinations of gap lengths and places of the required words; the best one is returned. If there
    /// are more combinations, this many are taken as a Latin hypercube: the lengths of each gap and the places of each word are covered
    /// evenly and combined by a fixed shuffle.
    /// </summary>
    public int MaxCandidates { get; init; } = 32;

    /// <summary>
    /// Words or phrases, each of which is written once, in one of the gaps, as a whole word, in any order.
    /// </summary>
    public IReadOnlyList<string> RequiredWords { get; init; } = [];

    /// <summary>The most tokens a sequence may have: opening token, text, gaps, closing token.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>How many texts are written for a template.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>What happens to a template that cannot be filled.</summary>
    public TemplateError TemplateError { get; init; } = TemplateError.Error;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (ShortestGap < 1 || LongestGap < ShortestGap)
            throw new ArgumentException(
                $"ShortestGap is {ShortestGap} and LongestGap {LongestGap}. Give the fewest tokens of a gap, 1 or more, and the most, " +
                "ShortestGap or more.");
        if (MaxCandidates is < 1 or > MostCandidates)
            throw new ArgumentException(
                $"MaxCandidates is {MaxCandidates}. Give the most combinations of lengths and places to try, 1 to {MostCandidates}.");
        if (MaxLength < 3)
            throw new ArgumentException(
                $"MaxLength is {MaxLength}. Give 3 or more: the opening token, a token of a gap, and the closing token.");
        if (Samples is < 1 or > MostSamples)
            throw new ArgumentException($"Samples is {Samples}. Give the number of texts for a template, 1 to {MostSamples}.");
        if (!Enum.IsDefined(TemplateError))
            throw new ArgumentException($"TemplateError is {TemplateError}. Use TemplateError.Error or TemplateError.LeaveAsIs.");
        if (EndOfText is int end)
            throw new ArgumentException(
                $"EndOfText is {end}. A text does not end within a gap: set EndOfText = null, and give the lengths of the gap " +
                "in the template.");
        if (RequiredWords is null)
            throw new ArgumentException("RequiredWords is null. Leave it empty to require nothing.");
        if (RequiredWords.Count > MostWords)
            throw new ArgumentException($"There are {RequiredWords.Count} RequiredWords. Give at most {MostWords}.");
        foreach (string word in RequiredWords)
        {
            if (string.IsNullOrEmpty(word) || char.IsWhiteSpace(word[0]) || char.IsWhiteSpace(word[^1]))
                throw new ArgumentException(
                    $"RequiredWords contains {(word is null ? "null" : $"'{word}'")}. Give words or phrases that neither begin nor end " +
                    "with whitespace.");
        }
    }
}
