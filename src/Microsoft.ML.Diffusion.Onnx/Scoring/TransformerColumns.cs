using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The columns that a transformer adds to texts.</summary>
internal static class TransformerColumns
{
    /// <summary>The added columns, with their annotations.</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="texts">The columns of texts that it reads.</param>
    public static DataViewSchema.Column[] AddedBy(ITransformer transformer, params IReadOnlyList<string> texts)
    {
        var input = new DataViewSchema.Builder();
        foreach (string text in texts.Distinct(StringComparer.Ordinal))
            input.AddColumn(text, TextDataViewType.Instance);
        DataViewSchema schema = input.ToSchema();
        return [.. transformer.GetOutputSchema(schema).Skip(schema.Count)];
    }
}
