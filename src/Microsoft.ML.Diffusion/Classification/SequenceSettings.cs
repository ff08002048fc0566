using Microsoft.ML.Diffusion.Columns;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>The settings of a transformer of texts or pairs of texts, besides its model.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="MaxLength">The maximum number of tokens of a sequence.</param>
/// <param name="Names">The names of the labels; null if they have none.</param>
/// <param name="HasKeys">Whether the predicted labels are keys. Used only where a row may have several labels.</param>
/// <param name="Threshold">A label is predicted if its probability is at least this. Used only where a row may have several labels.</param>
internal sealed record SequenceSettings(SequenceColumns Columns, int MaxLength, LabelNames? Names, bool HasKeys, double Threshold)
{
    /// <summary>Writes all settings.</summary>
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
