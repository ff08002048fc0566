namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>An answer that stands in its context where it says.</summary>
/// <param name="Text">The answer, as it stands in the context.</param>
/// <param name="Start">Where it starts in the context, in UTF-16 characters.</param>
/// <param name="Occurrences">
/// How often the text occurs in the context, where the file counts that; null in ordinary files. Above 1, <paramref name="Start"/> may be
/// that of another occurrence than the one that was meant.
/// </param>
public sealed record SquadAnswer(string Text, int Start, int? Occurrences)
{
    /// <summary>Where it ends in the context (exclusive), in UTF-16 characters.</summary>
    public int End => Start + Text.Length;
}
