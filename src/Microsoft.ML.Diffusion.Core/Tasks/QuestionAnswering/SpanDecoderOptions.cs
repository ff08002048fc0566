namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How answers are read from start and end logits.</summary>
public sealed record SpanDecoderOptions
{
    /// <summary>How many starts and how many ends of each window are combined, and how many candidates are kept. Default: 20.</summary>
    public int NBest { get; init; } = 20;

    /// <summary>The longest answer, in tokens. Default: 30.</summary>
    public int MaxAnswerTokens { get; init; } = 30;

    /// <summary>Whether a context may hold no answer (SQuAD v2.0). Default: false.</summary>
    public bool AllowNoAnswer { get; init; }

    /// <summary>
    /// No answer is predicted where its score exceeds the best answer's by more than this. It is set on validation data, often from −5 to
    /// −1; see <see cref="SquadReport.BestF1"/>. Default: 0.
    /// </summary>
    public double NoAnswerThreshold { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is below 1, or the threshold is no number.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(NBest, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAnswerTokens, 1);
        if (double.IsNaN(NoAnswerThreshold))
            throw new ArgumentOutOfRangeException(nameof(NoAnswerThreshold), "NoAnswerThreshold is NaN; expected a number. Leave it out for 0.");
    }
}
