namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>An answer found in its context at the given place.</summary>
/// <param name="Text">The answer, as it stands in the context.</param>
/// <param name="Start">Where it starts in the context, in UTF-16 characters.</param>
/// <param name="Occurrences">
/// The number of occurrences of the text in the context, if the file has it; null in ordinary files. If it is above 1,
/// <paramref name="Start"/> may be another occurrence than the one meant.
/// </param>
public sealed record SquadAnswer(string Text, int Start, int? Occurrences)
{
    /// <summary>Where it ends in the context (exclusive), in UTF-16 characters.</summary>
    public int End => Start + Text.Length;
}
