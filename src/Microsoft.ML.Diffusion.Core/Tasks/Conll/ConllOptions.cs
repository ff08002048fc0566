using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a CoNLL column file is laid out.</summary>
public sealed record ConllOptions
{
    /// <summary>The column of the words, from 0; a negative number counts from the last column, −1. Default: 0.</summary>
    public int WordColumn { get; init; }

    /// <summary>The column of the tags, from 0; a negative number counts from the last column, −1. Default: −1.</summary>
    public int TagColumn { get; init; } = -1;

    /// <summary>
    /// What a comment line starts with, as "# "; null (the default) where there are no comments. A word may start with '#', so that
    /// comments cannot be told from words without this.
    /// </summary>
    public string? CommentPrefix { get; init; }

    /// <summary>
    /// Whether tags become IOB2, in which every entity opens with <c>B-</c> (see <see cref="EntitySpans.ToIob2"/>); tags that are IOB2
    /// already stay as they are. Default: true.
    /// </summary>
    public bool ConvertToIob2 { get; init; } = true;
}
