namespace Microsoft.ML.Diffusion;

/// <summary>How a <see cref="NelboEstimator"/> estimates.</summary>
public sealed record NelboOptions
{
    /// <summary>The number of times each sequence is masked and predicted.</summary>
    public int Draws { get; init; } = 8;

    /// <summary>The seed of the masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most tokens in one denoiser batch. It does not change results.</summary>
    public int TokenBudget { get; init; } = 4096;

    /// <summary>Throws if an option is invalid.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    internal void Validate()
    {
        if (Draws < 1)
            throw new ArgumentException($"Draws is {Draws}. Give 1 or more; 8 is usual.");
        if (TokenBudget < 1)
            throw new ArgumentException($"TokenBudget is {TokenBudget}. Give 1 or more; 4096 is usual.");
    }
}
