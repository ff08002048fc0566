using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The names of the columns for a model's inputs, each a vector of Int64 of variable size.</summary>
/// <param name="InputIds">The token ids.</param>
/// <param name="AttentionMask">1 for each token.</param>
/// <param name="TokenTypeIds">The type of each token.</param>
internal sealed record TokenColumns(string InputIds, string AttentionMask, string TokenTypeIds)
{
    /// <summary>The usual names of a model file's inputs.</summary>
    public static TokenColumns Usual { get; } = new("input_ids", "attention_mask", "token_type_ids");

    /// <summary>The columns.</summary>
    public DataViewSchema.DetachedColumn[] Detached =>
        Array.ConvertAll<string, DataViewSchema.DetachedColumn>(
            [InputIds, AttentionMask, TokenTypeIds], name => new(name, new VectorDataViewType(NumberDataViewType.Int64)));

    /// <summary>Writes the names.</summary>
    public void Save(ModelSaveContext ctx)
    {
        ctx.SaveNonEmptyString(InputIds);
        ctx.SaveNonEmptyString(AttentionMask);
        ctx.SaveNonEmptyString(TokenTypeIds);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static TokenColumns Load(ModelLoadContext ctx) =>
        new(ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
}
