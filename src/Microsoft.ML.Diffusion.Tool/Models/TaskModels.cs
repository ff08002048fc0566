using Microsoft.ML.Diffusion.Tool.Input;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Opens the model of a command that applies a fine-tuned one: a .zip, or a directory.</summary>
internal static class TaskModels
{
    private const string Text = TableFile.TextColumn;

    /// <summary>A model that classifies, labels or scores texts, or pairs of texts.</summary>
    public static LoadedPipeline<BertSequenceTransformer> OpenSequence(MLContext mlContext, ModelSource source, bool pairs, int threads)
    {
        var pipeline = LoadedPipeline<BertSequenceTransformer>.Open(source, "classifies texts",
            () => ApplySequence(mlContext, source.Encoder(), pairs ? "text2" : null));
        pipeline.Transformer.Threads = threads;
        return pipeline;
    }

    /// <summary>A model that answers questions.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="source">The model.</param>
    /// <param name="makeOptions">Makes the options for a directory.</param>
    /// <param name="threads">The number of threads.</param>
    public static LoadedPipeline<BertQuestionAnsweringTransformer> OpenAnswering(
        MLContext mlContext, ModelSource source, Func<QuestionAnsweringScoringEstimator.Options> makeOptions, int threads)
    {
        var pipeline = LoadedPipeline<BertQuestionAnsweringTransformer>.Open(source, "answers questions", () =>
        {
            QuestionAnsweringScoringEstimator.Options options = makeOptions();
            return mlContext.Transforms.Text.ApplyQuestionAnswering(options)
                .Fit(TableView.Empty(options.QuestionColumnName, options.ContextColumnName));
        });
        pipeline.Transformer.Threads = threads;
        return pipeline;
    }

    /// <summary>A model that finds named entities.</summary>
    public static LoadedPipeline<BertNamedEntityRecognitionTransformer> OpenEntities(
        MLContext mlContext, ModelSource source, int threads, string column = Text)
    {
        var pipeline = LoadedPipeline<BertNamedEntityRecognitionTransformer>.Open(source, "finds named entities", () =>
            mlContext.Transforms.Text.ApplyNamedEntityRecognition(source.Encoder(), sentence1ColumnName: column)
                .Fit(TableView.Empty(column)));
        pipeline.Transformer.Threads = threads;
        return pipeline;
    }

    /// <summary>A directory whose head's kind is that of its config.json.</summary>
    private static BertSequenceTransformer ApplySequence(MLContext mlContext, EncoderModel model, string? second)
    {
        IDataView noRows = TableView.Empty(second is null ? [Text] : [Text, second]);
        return SequenceKind.Of(model) switch
        {
            SequenceKind.Labels => mlContext.Transforms.Text.ApplyMultiLabelClassification(
                model, sentence1ColumnName: Text, sentence2ColumnName: second).Fit(noRows),
            SequenceKind.Number => mlContext.Transforms.Text.ApplySentenceSimilarity(
                model, sentence1ColumnName: Text, sentence2ColumnName: second).Fit(noRows),
            _ => mlContext.Transforms.Text.ApplyTextClassification(
                model, sentence1ColumnName: Text, sentence2ColumnName: second).Fit(noRows),
        };
    }
}
