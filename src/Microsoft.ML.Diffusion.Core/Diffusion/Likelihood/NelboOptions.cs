namespace Microsoft.ML.Diffusion;

/// <summary>How a <see cref="NelboEstimator"/> estimates.</summary>
public sealed record NelboOptions
{
    /// <summary>How many times each sequence is masked and predicted.</summary>
    public int Draws { get; init; } = 8;

    /// <summary>The seed of the masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many tokens the denoiser is given at once. It changes no result.</summary>
    public int TokenBudget { get; init; } = 4096;

    /// <summary>Fails where an option makes no sense.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    internal void Validate()
    {
        if (Draws < 1)
            throw new ArgumentException($"Draws is {Draws}. Give 1 or more; 8 is usual.");
        if (TokenBudget < 1)
            throw new ArgumentException($"TokenBudget is {TokenBudget}. Give 1 or more; 4096 is usual.");
    }
}
