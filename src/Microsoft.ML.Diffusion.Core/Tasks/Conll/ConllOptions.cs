using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The layout of a CoNLL column file.</summary>
public sealed record ConllOptions
{
    /// <summary>The column of the words, from 0; negative numbers count from the end, −1 being the last column. Default: 0.</summary>
    public int WordColumn { get; init; }

    /// <summary>The column of the tags, from 0; negative numbers count from the end, −1 being the last column. Default: −1.</summary>
    public int TagColumn { get; init; } = -1;

    /// <summary>
    /// The start of a comment line, such as "# "; null (the default) if there are no comments. Without it comments cannot be distinguished
    /// from words, since a word may start with '#'.
    /// </summary>
    public string? CommentPrefix { get; init; }

    /// <summary>
    /// Whether tags are converted to IOB2, in which every entity opens with <c>B-</c> (see <see cref="EntitySpans.ToIob2"/>); tags that are
    /// already IOB2 are unchanged. Default: true.
    /// </summary>
    public bool ConvertToIob2 { get; init; } = true;
}
