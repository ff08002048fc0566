using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds named entities to <c>mlContext.MulticlassClassification</c>, and their column files to <c>mlContext.Data</c>.</summary>
public static class NamedEntityCatalog
{
    /// <summary>Teaches a model to find named entities, as Microsoft.ML.TorchSharp's <c>NamedEntityRecognition</c> does.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the label of each word: a vector of keys with text values, or of text.</param>
    /// <param name="outputColumnName">The column that the transformer writes: the label of each word, a vector of keys.</param>
    /// <param name="sentence1ColumnName">The column with the words: a vector of text, or a text that is split at spaces.</param>
    /// <param name="batchSize">The most texts in a batch.</param>
    /// <param name="maxEpochs">How often each text is seen.</param>
    /// <param name="model">The model to start from; null for the embedded one.</param>
    /// <param name="validationSet">Rows to measure entity F1 on while learning; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    public static BertNamedEntityRecognitionEstimator BertNamedEntityRecognition(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence",
        int batchSize = BertNamedEntityRecognitionEstimator.Options.DefaultBatchSize, int maxEpochs = BertNamedEntityRecognitionEstimator.Options.DefaultEpochs,
        EncoderModel? model = null, IDataView? validationSet = null) =>
        catalog.BertNamedEntityRecognition(new BertNamedEntityRecognitionEstimator.Options
        {
            LabelColumnName = labelColumnName,
            PredictionColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            BatchSize = batchSize,
            Epochs = maxEpochs,
            Model = model ?? EncoderModel.Default,
            ValidationSet = validationSet,
        });

    /// <summary>Teaches a model to find named entities.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, and how to teach.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    public static BertNamedEntityRecognitionEstimator BertNamedEntityRecognition(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertNamedEntityRecognitionEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertNamedEntityRecognitionEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Measures predicted labels of words as seqeval and conlleval do: an entity counts where its type, its first and its last word are right.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Data with both columns.</param>
    /// <param name="labelColumnName">The right labels: a vector of keys with text values, or of text. Words without one are left out.</param>
    /// <param name="predictedLabelColumnName">The predicted labels, of the same kind.</param>
    /// <param name="reading">How sequences that are not IOB2 are read.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or a row has other numbers of right and predicted labels.</exception>
    public static NamedEntityMetrics EvaluateNamedEntities(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel",
        TagReading reading = TagReading.Lenient)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateNamedEntities));
        host.CheckValue(data, nameof(data));
        return NamedEntityEvaluation.OfLabels(host, data, labelColumnName, predictedLabelColumnName, reading);
    }

    /// <summary>Measures predicted entities given by their characters: one counts where its type, its start and its length are right.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Data with all columns.</param>
    /// <param name="typeColumnName">The types of the right entities, a vector of text.</param>
    /// <param name="startColumnName">Where they start, a vector of int.</param>
    /// <param name="lengthColumnName">Their lengths, a vector of int.</param>
    /// <param name="predictedTypeColumnName">The types of the predicted entities.</param>
    /// <param name="predictedStartColumnName">Where they start.</param>
    /// <param name="predictedLengthColumnName">Their lengths.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or a row has other numbers of types, starts and lengths.</exception>
    public static NamedEntityMetrics EvaluateEntitySpans(
        this MulticlassClassificationCatalog catalog, IDataView data, string typeColumnName = "Label", string startColumnName = "LabelStart", string lengthColumnName = "LabelLength",
        string predictedTypeColumnName = "EntityType", string predictedStartColumnName = "EntityStart", string predictedLengthColumnName = "EntityLength")
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateEntitySpans));
        host.CheckValue(data, nameof(data));
        return NamedEntityEvaluation.OfSpans(
            host, data, (typeColumnName, startColumnName, lengthColumnName), (predictedTypeColumnName, predictedStartColumnName, predictedLengthColumnName));
    }

    /// <summary>
    /// Reads a CoNLL column file, IOB1 or IOB2: a row a sentence, its words in the column <c>Sentence</c> and their labels, as IOB2, in the
    /// column <c>Label</c>; both are vectors of text.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The file, in UTF-8; it is read whole, at once.</param>
    /// <param name="options">How it is laid out; null for words in the first column and tags in the last.</param>
    /// <exception cref="TaskFileException">The file does not say what it must.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IDataView LoadFromConll(this DataOperationsCatalog catalog, string path, ConllOptions? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        ConllRow[] rows = [.. ConllReader.Read(path, options).Sentences.Select(sentence => new ConllRow { Sentence = [.. sentence.Words], Label = [.. sentence.Tags] })];
        return catalog.LoadFromEnumerable(rows);
    }
}
