namespace Microsoft.ML.Diffusion;

/// <summary>How masks become tokens.</summary>
public record DenoisingSettings
{
    private const int MostSteps = 1_000_000;

    /// <summary>
    /// T, the number of steps. More steps than masks are allowed: <see cref="Sampler.TopConfidence"/> writes at least one token a
    /// step and ends early, <see cref="Sampler.Ancestral"/> does not run the denoiser at steps that write nothing.
    /// </summary>
    public int Steps { get; init; } = 64;

    /// <summary>The schedule α whose values at T/T, (T − 1)/T, …, 0 say how much is masked after each step.</summary>
    public MaskSchedule Schedule { get; init; } = MaskSchedule.Linear;

    /// <summary>Which positions are written at each step.</summary>
    public Sampler Sampler { get; init; } = Sampler.Ancestral();

    /// <summary>Logits are divided by it; 1 leaves the law of the model, 0 writes the most likely token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>After the temperature, only this many most likely tokens may be written; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>After top-k, only the most likely tokens that together reach this probability may be written; 1 for all. Holtzman et al. (2020).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The seed of all noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many tokens of several rows the denoiser is given at once; a longer row runs alone. It changes no result.</summary>
    public int TokenBudget { get; init; } = 4096;

    /// <summary>Fails where a setting makes no sense.</summary>
    /// <exception cref="ArgumentException">A setting, named in the message with what was expected, is out of range.</exception>
    public virtual void Validate()
    {
        if (Steps is < 1 or > MostSteps)
            throw new ArgumentException($"Steps is {Steps}. Give 1 to {MostSteps}; 16 to 64 is usual.");
        if (Schedule is null)
            throw new ArgumentException("Schedule is null. Use MaskSchedule.Linear or another schedule.");
        if (Sampler is null)
            throw new ArgumentException("Sampler is null. Use Sampler.Ancestral() or another sampler.");
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentException($"Temperature is {Temperature}. Give 0 (the most likely token) or a finite number above it; 0.7 to 1 is usual.");
        if (TopK < 0)
            throw new ArgumentException($"TopK is {TopK}. Give the number of most likely tokens to choose from, or 0 for all.");
        if (!(TopP > 0 && TopP <= 1))
            throw new ArgumentException($"TopP is {TopP}. Give a probability above 0, up to 1 for all tokens; 0.9 is usual.");
        if (TokenBudget < 1)
            throw new ArgumentException($"TokenBudget is {TokenBudget}. Give 1 or more; 4096 is usual.");
    }
}
