namespace Microsoft.ML.Diffusion;

/// <summary>How masks become tokens.</summary>
public record DenoisingSettings
{
    private const int MostSteps = 1_000_000;

    /// <summary>
    /// T, the number of steps. More steps than masks are allowed: samplers that write at least one token a step end early, and
    /// <see cref="Sampler.Ancestral"/> does not run the denoiser at steps that write nothing.
    /// </summary>
    public int Steps { get; init; } = 64;

    /// <summary>The schedule α. Its values at T/T, (T − 1)/T, …, 0 give the masked fraction after each step.</summary>
    public MaskSchedule Schedule { get; init; } = MaskSchedule.Linear;

    /// <summary>Which positions are written at each step.</summary>
    public Sampler Sampler { get; init; } = Sampler.Ancestral();

    /// <summary>Logits are divided by it. 1 leaves the model's distribution unchanged; 0 writes the most likely token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>After the temperature, only this many most likely tokens may be written; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>After top-k, only the most likely tokens that together reach this probability may be written; 1
    /// for all. Holtzman et al. (2020).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// The odds of a token that is already in the row, prompt included, are divided by it. 1 is no penalty; 1.1 to 1.3 is usual. It lowers
    /// log-probabilities by the same amount whatever their level, unlike the division of logits in Keskar et al. (CTRL, 2019). Tokens
    /// written in the same step do not affect each other.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Ids that are never written, in addition to those that the caller of the loop bans.</summary>
    public IReadOnlyList<int> BannedTokens { get; init; } = [];

    /// <summary>
    /// The id that ends a text, or null where a text fills all its positions. It may be written even if banned. Once it and everything
    /// before it are written, the row is done and the rest is filled with it. A position whose most likely token is the end of the text
    /// counts as the least certain: such positions are often the most certain of all and would cut the text short.
    /// </summary>
    public int? EndOfText { get; init; }

    /// <summary>How many tokens are written before the text may end; only with <see cref="EndOfText"/>.</summary>
    public int MinimumLength { get; init; }

    /// <summary>
    /// w, classifier-free guidance: logits become c + w·(c − u), where c are the logits given the prompt and u those with the prompt
    /// masked; 0 for none. The prompt is every token before the first mask, except tokens that may not be written, such as the opening
    /// token. Guidance takes two predictions instead of one and works with every sampler. Ho and Salimans (2022); Nie et al. (2024),
    /// "Scaling up Masked Diffusion Models on Text".
    /// </summary>
    public double Guidance { get; init; }

    /// <summary>The seed of all noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most tokens of several rows in one denoiser batch; a longer row runs alone. It does not change results.</summary>
    public int TokenBudget { get; init; } = 4096;

    /// <summary>Throws if a setting is invalid.</summary>
    /// <exception cref="ArgumentException">A setting, named in the message with what was expected, is out of range.</exception>
    public virtual void Validate()
    {
        if (Steps is < 1 or > MostSteps)
            throw new ArgumentException($"Steps is {Steps}. Give 1 to {MostSteps}; 16 to 64 is usual.");
        if (Schedule is null)
            throw new ArgumentException("Schedule is null. Use MaskSchedule.Linear or another schedule.");
        if (Sampler is null)
            throw new ArgumentException("Sampler is null. Use Sampler.Ancestral() or another sampler.");
        Sampler.Check(Schedule);
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentException(
                $"Temperature is {Temperature}. Give 0 (the most likely token) or a finite number above it; 0.7 to 1 is usual.");
        if (TopK < 0)
            throw new ArgumentException($"TopK is {TopK}. Give the number of most likely tokens to choose from, or 0 for all.");
        if (!(TopP > 0 && TopP <= 1))
            throw new ArgumentException($"TopP is {TopP}. Give a probability above 0, up to 1 for all tokens; 0.9 is usual.");
        if (!(RepetitionPenalty >= 1 && double.IsFinite(RepetitionPenalty)))
            throw new ArgumentException($"RepetitionPenalty is {RepetitionPenalty}. Give 1 for none, or more; 1.1 to 1.3 is usual.");
        if (BannedTokens is null)
            throw new ArgumentException("BannedTokens is null. Leave it empty to ban nothing.");
        if (EndOfText is < 0)
            throw new ArgumentException($"EndOfText is {EndOfText}. Give the id of the token that ends a text, 0 or more, or null.");
        if (MinimumLength < 0 || MinimumLength > 0 && EndOfText is null)
            throw new ArgumentException(
                $"MinimumLength is {MinimumLength} and EndOfText {(EndOfText is int id ? id : "null")}. Give the number of tokens before " +
                "the text may end, 0 or more, and with it the id that ends a text.");
        if (EndOfText is int end && BannedTokens.Contains(end))
            throw new ArgumentException($"BannedTokens contains {end}, which is also EndOfText. Remove it from one of them.");
        if (!(Guidance >= 0 && double.IsFinite(Guidance)))
            throw new ArgumentException($"Guidance is {Guidance}. Give 0 for none, or a finite number above it; 0.5 to 2 is usual.");
        if (TokenBudget < 1)
            throw new ArgumentException($"TokenBudget is {TokenBudget}. Give 1 or more; 4096 is usual.");
    }
}
