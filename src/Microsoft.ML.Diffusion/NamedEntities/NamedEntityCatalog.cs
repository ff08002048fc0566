using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds named entities to <c>mlContext.MulticlassClassification</c>, and their column files to <c>mlContext.Data</c>.</summary>
public static class NamedEntityCatalog
{
    /// <summary>Fine-tunes a model to label words, so as to find named entities.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">
    /// The column with the label of each word: a vector of keys (with KeyValues of text) or of text. An empty text, or a missing key, is a word
    /// that is not learned from; but where no key has the value O, a missing key stands for it. With <see cref="BertNamedEntityRecognitionEstimator.Options.LabelStartColumnName"/>, the types of
    /// entities, a vector of the same kinds.
    /// </param>
    /// <param name="outputColumnName">The column that is written with the label of each word: a vector of keys.</param>
    /// <param name="sentence1ColumnName">The column with the words: a vector of text, or a text, which is split.</param>
    /// <param name="batchSize">The most examples in a batch.</param>
    /// <param name="maxEpochs">How often each example is seen.</param>
    /// <param name="architecture">Decides nothing: the model's directory says what it is.</param>
    /// <param name="validationSet">Rows to measure on while learning, after which the best model is kept; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    public static BertNamedEntityRecognitionEstimator BertNamedEntityRecognition(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label", string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence", int batchSize = 32, int maxEpochs = 4, BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertNamedEntityRecognition(new BertNamedEntityRecognitionEstimator.Options
        {
            LabelColumnName = labelColumnName,
            OutputColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, int, int, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how it is trained.</param>
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
    /// <param name="reading">How sequences that do not follow their scheme are read; all labels together say which scheme that is (<see cref="TagScheme"/>).</param>
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
    /// Reads a CoNLL column file, in IOB1, IOB2, BIOES, BILOU or another scheme (<see cref="TagScheme"/>): a row a sentence, its words in the column <c>Sentence</c> and their labels, as IOB2, in the
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
        IHost host = catalog.GetEnvironment().Register(nameof(LoadFromConll));
        host.CheckNonWhiteSpace(path, nameof(path));
        ConllData file = ConllReader.Read(path, options);
        using (IChannel channel = host.Start(nameof(LoadFromConll)))
        {
            foreach (string warning in file.Warnings)
                channel.Warning("'{0}': {1}", path, warning);
        }
        ConllRow[] rows = [.. file.Sentences.Select(sentence => new ConllRow { Sentence = [.. sentence.Words], Label = [.. sentence.Tags] })];
        return catalog.LoadFromEnumerable(rows);
    }
}
