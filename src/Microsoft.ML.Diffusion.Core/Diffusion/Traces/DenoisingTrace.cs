namespace Microsoft.ML.Diffusion;

/// <summary>
/// How one row came out of its masks: the tokens that it began with, and what each step changed. It is made by a
/// <see cref="TraceRecorder"/>, drawn by <see cref="TracePicture"/>, and saved as <see cref="ToJson"/>.
/// </summary>
public sealed partial class DenoisingTrace
{
    private readonly int[] _start;

    /// <summary>Makes a trace of what is consistent.</summary>
    internal DenoisingTrace(int maskToken, int totalSteps, bool isWhole, int[] start, IReadOnlyList<TraceStep> steps, IReadOnlyDictionary<int, string> tokenTexts) =>
        (MaskToken, TotalSteps, IsWhole, _start, Steps, TokenTexts) = (maskToken, totalSteps, isWhole, start, steps, tokenTexts);

    /// <summary>The id that stands for a mask.</summary>
    public int MaskToken { get; }

    /// <summary>The most steps that the row could take.</summary>
    public int TotalSteps { get; }

    /// <summary>
    /// Whether every change is there. If not, there were more than the recorder keeps, and the last of <see cref="Steps"/> stands for all
    /// those that are missing.
    /// </summary>
    public bool IsWhole { get; }

    /// <summary>The tokens at first, masks among them, [Length].</summary>
    public IReadOnlyList<int> Start => _start;

    /// <summary>The steps that changed something, in their order.</summary>
    public IReadOnlyList<TraceStep> Steps { get; }

    /// <summary>
    /// The text of each id in the trace, by id: with the space before it where the tokenizer writes one between words; empty of special
    /// tokens. A character that several tokens spell is U+FFFD in each: the tokenizer decodes the ids exactly.
    /// </summary>
    public IReadOnlyDictionary<int, string> TokenTexts { get; }

    /// <summary>The tokens after some of <see cref="Steps"/>.</summary>
    /// <param name="steps">How many of <see cref="Steps"/>; null for all, which is how the row ended.</param>
    /// <returns>Ids, [Length].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many steps.</exception>
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
