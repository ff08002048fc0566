namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How answers are decoded from start and end logits.</summary>
public sealed record SpanDecoderOptions
{
    /// <summary>The number of starts and of ends of each window that are combined, and of candidates returned. Default: 20.</summary>
    public int NBest { get; init; } = 20;

    /// <summary>The longest answer, in tokens. Default: 30.</summary>
    public int MaxAnswerTokens { get; init; } = 30;

    /// <summary>Whether a context may contain no answer (SQuAD v2.0). Default: false.</summary>
    public bool AllowNoAnswer { get; init; }

    /// <summary>
    /// No answer is predicted if its score exceeds the best answer's by more than this. Tune it on validation data; values from −5 to −1
    /// are common. See <see cref="SquadReport.BestF1"/>. Default: 0.
    /// </summary>
    public double NoAnswerThreshold { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is below 1, or the threshold is NaN.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(NBest, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAnswerTokens, 1);
        if (double.IsNaN(NoAnswerThreshold))
            throw new ArgumentOutOfRangeException(nameof(NoAnswerThreshold), "NoAnswerThreshold is NaN; expected a number. Omit it for 0.");
    }
}
