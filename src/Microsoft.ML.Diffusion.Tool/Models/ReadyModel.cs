using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>A directory as a transformer, for a .zip: what it was trained for.</summary>
internal static class ReadyModel
{
    private const string Label = "PredictedLabel";

    /// <summary>Makes the transformer, and the schema of its input.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="task">Its task; null for a masked-language model, which writes.</param>
    public static (ITransformer Transformer, DataViewSchema Schema) Make(MLContext mlContext, EncoderModel model, TaskKind? task)
    {
        TransformsCatalog.TextTransforms texts = mlContext.Transforms.Text;
        switch (task)
        {
            case null:
                return Fit(texts.DiffusionGenerate("Text", "Prompt", new DiffusionGenerateEstimator.Options
                {
                    Model = model, MaxNewTokens = 64, Steps = 64, PromptTooLong = PromptTooLong.KeepEnd,
                }), "Prompt");
            case TaskKind.QuestionAnswering:
                return Fit(texts.ApplyQuestionAnswering(model), "Context", "Question");
            case TaskKind.TokenClassification:
                return Fit(texts.ApplyNamedEntityRecognition(model, sentence1ColumnName: "Text"), "Text");
        }
        return SequenceKind.Of(model) switch
        {
            SequenceKind.Labels => WithTextLabels(texts.ApplyMultiLabelClassification(model, sentence1ColumnName: "Text")),
            SequenceKind.Number => Fit(texts.ApplySentenceSimilarity(model, sentence1ColumnName: "Text", sentence2ColumnName: "Text2"),
                "Text", "Text2"),
            _ => WithTextLabels(texts.ApplyTextClassification(model, sentence1ColumnName: "Text")),
        };

        // A prediction is read as text, without the keys' names.
        (ITransformer Transformer, DataViewSchema Schema) WithTextLabels<T>(IEstimator<T> estimator) where T : class, ITransformer =>
            Fit(estimator.Append(mlContext.Transforms.Conversion.MapKeyToValue(Label)), "Text");

        (ITransformer Transformer, DataViewSchema Schema) Fit<T>(IEstimator<T> estimator, params string[] columns)
            where T : class, ITransformer
        {
            var view = TableView.Empty(columns);
            return (estimator.Fit(view), view.Schema);
        }
    }
}
