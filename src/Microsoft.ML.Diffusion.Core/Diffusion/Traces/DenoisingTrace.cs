namespace Microsoft.ML.Diffusion;

/// <summary>
/// How one row was denoised: its initial tokens, and the changes of each step. A <see cref="TraceRecorder"/> makes it,
/// <see cref="TracePicture"/> draws it, and <see cref="ToJson"/> saves it.
/// </summary>
public sealed partial class DenoisingTrace
{
    private readonly int[] _start;

    /// <summary>Makes a trace; the arguments must be consistent.</summary>
    internal DenoisingTrace(int maskToken, int totalSteps, bool isWhole, int[] start, IReadOnlyList<TraceStep> steps,
        IReadOnlyDictionary<int, string> tokenTexts) =>
        (MaskToken, TotalSteps, IsWhole, _start, Steps, TokenTexts) = (maskToken, totalSteps, isWhole, start, steps, tokenTexts);

    /// <summary>The id that stands for a mask.</summary>
    public int MaskToken { get; }

    /// <summary>The most steps for the row.</summary>
    public int TotalSteps { get; }

    /// <summary>
    /// Whether all changes are present. If not, there were more than the recorder stores, and the last of <see cref="Steps"/> stands for
    /// all that are missing.
    /// </summary>
    public bool IsWhole { get; }

    /// <summary>The initial tokens, masks among them, [Length].</summary>
    public IReadOnlyList<int> Start => _start;

    /// <summary>The steps that changed something, in order.</summary>
    public IReadOnlyList<TraceStep> Steps { get; }

    /// <summary>
    /// The text of each id in the trace, by id: with the space before it where the tokenizer writes one between words; empty for special
    /// tokens. A character that spans several tokens is U+FFFD in each: for exact text, decode the ids with the tokenizer.
    /// </summary>
    public IReadOnlyDictionary<int, string> TokenTexts { get; }

    /// <summary>The tokens after a number of <see cref="Steps"/>.</summary>
    /// <param name="steps">The number of <see cref="Steps"/>; null for all, which gives the final tokens.</param>
    /// <returns>Ids, [Length].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or greater than the number of steps.</exception>
    public int[] Replay(int? steps = null)
    {
        int count = steps ?? Steps.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(steps));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Steps.Count, nameof(steps));
        int[] tokens = [.. _start];
        for (int i = 0; i < count; i++)
        {
            foreach (TraceChange change in Steps[i].Changes)
                tokens[change.Position] = change.Token;
        }
        return tokens;
    }
}
