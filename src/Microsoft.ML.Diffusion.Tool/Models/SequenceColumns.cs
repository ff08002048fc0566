using Microsoft.ML.Diffusion.Tool.Input;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>The input columns of a model of texts or pairs.</summary>
internal static class SequenceColumns
{
    /// <summary>The columns.</summary>
    /// <exception cref="InputException">There are pairs and the model takes single texts, or the other way around.</exception>
    public static string[] Of(BertSequenceTransformer transformer, bool pairs)
    {
        if (transformer.Sentence2ColumnName is string second)
        {
            return pairs ? [transformer.Sentence1ColumnName, second] : throw new InputException(
                "The model was trained on pairs of texts, and there are single ones. Give the second texts too (text2).");
        }
        return !pairs ? [transformer.Sentence1ColumnName] : throw new InputException(
            "The model was trained on single texts, and there are pairs. Leave out the second texts (text2).");
    }
}
