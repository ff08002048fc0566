using Microsoft.ML.Diffusion.Columns;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>What a transformer of texts, or pairs of texts, knows besides its model.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="MaxLength">The most tokens of a sequence.</param>
/// <param name="Names">What the labels are called; null where nothing says.</param>
/// <param name="HasKeys">Whether predicted labels are keys, where they may be several.</param>
/// <param name="Threshold">The probability from which on a label is predicted, where there may be several.</param>
internal sealed record SequenceSettings(SequenceColumns Columns, int MaxLength, LabelNames? Names, bool HasKeys, double Threshold)
{
    /// <summary>Writes everything.</summary>
    public void Save(ModelSaveContext ctx)
    {
        // the columns; int: MaxLength; the names; bool: HasKeys; double: Threshold
        Columns.Save(ctx);
        ctx.Writer.Write(MaxLength);
        LabelNames.Save(Names, ctx.Writer);
        ctx.Writer.Write(HasKeys);
        ctx.Writer.Write(Threshold);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static SequenceSettings Load(ModelLoadContext ctx) => new(
        SequenceColumns.Load(ctx), ctx.Reader.ReadInt32(), LabelNames.Load(ctx.Reader), ctx.Reader.ReadBoolean(), ctx.Reader.ReadDouble());
}
