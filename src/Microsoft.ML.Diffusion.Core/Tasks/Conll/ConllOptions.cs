namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The layout of a CoNLL column file.</summary>
public sealed record ConllOptions
{
    /// <summary>The column of the words, from 0; negative numbers count from the end, −1 being the last column. Default: 0.</summary>
    public int WordColumn { get; init; }

    /// <summary>The column of the tags, from 0; negative numbers count from the end, −1 being the last column. Default: −1.</summary>
    public int TagColumn { get; init; } = -1;

    /// <summary>
    /// What a comment line starts with, as "#"; null (the default) where a line is a comment if it
    /// starts with # and a blank, and its columns or its tag show that it is no word. Comments stand only before the first word
    /// of a sentence; lines after it are words.
    /// </summary>
    public string? CommentPrefix { get; init; }

    /// <summary>
    /// Whether a tag has its letter after the type, as <c>PER-B</c>; seqeval calls that <c>suffix</c>. Where false (the default), such tags
    /// are recognized only if no doubt is left; see <see cref="TagScheme.Of"/>.
    /// </summary>
    public bool SuffixTags { get; init; }

    /// <summary>
    /// Whether tags of any scheme become IOB2, in which every entity opens with <c>B-</c> (see <see cref="TagScheme"/>); tags that are IOB2
    /// already stay as they are. Default: true.
    /// </summary>
    public bool ConvertToIob2 { get; init; } = true;
}
