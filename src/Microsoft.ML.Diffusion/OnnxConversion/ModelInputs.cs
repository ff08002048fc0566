using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.OnnxConversion;

/// <summary>The columns of token ids from which a pipeline may be converted, named like the inputs of model files.</summary>
internal static class ModelInputs
{
    public const string InputIds = "input_ids";

    public const string AttentionMask = "attention_mask";

    public const string TokenTypeIds = "token_type_ids";

    /// <summary>Whether the schema has the columns: a vector of Int64 each. Those of types may be missing.</summary>
    public static bool AreIn(DataViewSchema schema) => Has(schema, InputIds) && Has(schema, AttentionMask);

    /// <summary>Whether the schema has a vector of Int64 of this name.</summary>
    public static bool Has(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name)?.Type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Int64;
}
