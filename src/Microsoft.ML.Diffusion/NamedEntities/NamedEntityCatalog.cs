using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods for named entity recognition: of <c>mlContext.MulticlassClassification</c> and its <c>Trainers</c>, and, to read CoNLL
/// files, of <c>mlContext.Data</c>.
/// </summary>
public static class NamedEntityCatalog
{
    /// <summary>Fine-tunes a model to label the words of a text, and so to find named entities.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">
    /// The column with the label of each word: a vector of keys (with KeyValues of text) or of text. A word with an empty text or a missing
    /// key is not trained on; but if no key has the value O, a missing key means O.
    /// </param>
    /// <param name="outputColumnName">The output column for the label of each word: a vector of keys.</param>
    /// <param name="sentence1ColumnName">The column with the words: a vector of text, or a text, which is split into words.</param>
    /// <param name="batchSize">The maximum number of examples in a batch.</param>
    /// <param name="maxEpochs">
    /// The number of passes over the training data. Null takes 4, or as many as 100 steps need if the rows are few.
    /// </param>
    /// <param name="architecture">Has no effect; the model's directory determines the architecture.</param>
    /// <param name="validationSet">Rows that the model is evaluated on during training; the best model is kept. Null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Text("Ann Lee left Rome .", ["B-PER", "I-PER", "O", "B-LOC", "O"]),
    ///     new Text("It rained in Rome .", ["O", "O", "O", "B-LOC", "O"]),
    /// ]);
    ///
    /// var trainer = mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(batchSize: 2, maxEpochs: 12);
    /// ITransformer model = trainer.Fit(data);
    ///
    /// foreach (string[] entities in model.Transform(data).GetColumn<string[]>("EntityText"))
    ///     Console.WriteLine(string.Join(", ", entities));
    /// // Output:
    /// // Ann Lee, Rome
    /// // Rome
    ///
    /// record Text(string Sentence, string[] Label);
    /// ]]></code>
    /// </example>
    public static BertNamedEntityRecognitionEstimator BertNamedEntityRecognition(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label",
        string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence", int batchSize = 32, int? maxEpochs = null,
        BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertNamedEntityRecognition(new BertNamedEntityRecognitionEstimator.Options
        {
            LabelColumnName = labelColumnName,
            OutputColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, int, int?, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the training settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Text("Ann Lee left Rome.", ["PER", "LOC"], [0, 13], [7, 4])]);
    /// var options = new BertNamedEntityRecognitionEstimator.Options
    /// {
    ///     LabelColumnName = "Type",
    ///     LabelStartColumnName = "Start", // entities given by their characters
    ///     LabelLengthColumnName = "Length",
    ///     Epochs = 12,
    /// };
    /// ITransformer model = mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options).Fit(data);
    ///
    /// foreach (Found row in mlContext.Data.CreateEnumerable<Found>(model.Transform(data), reuseRowObject: false))
    ///     Console.WriteLine(string.Join(", ", row.EntityText.Zip(row.EntityType)));
    /// // Output:
    /// // (Ann Lee, PER), (Rome, LOC)
    ///
    /// record Text(string Sentence, string[] Type, int[] Start, int[] Length);
    /// class Found { public string[] EntityText { get; set; } = []; public string[] EntityType { get; set; } = []; }
    /// ]]></code>
    /// </example>
    public static BertNamedEntityRecognitionEstimator BertNamedEntityRecognition(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertNamedEntityRecognitionEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertNamedEntityRecognitionEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Evaluates predicted labels of words with the metrics of seqeval and conlleval: an entity is correct if its type, its first word
    /// and its last word are correct.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Data with both columns.</param>
    /// <param name="labelColumnName">
    /// The correct labels: a vector of keys with text values, or of text. Words without a label are left out.
    /// </param>
    /// <param name="predictedLabelColumnName">The predicted labels, a vector of the same kind.</param>
    /// <param name="reading">
    /// How label sequences that do not follow their scheme are read. All labels together decide which scheme that is
    /// (<see cref="TagScheme"/>).
    /// </param>
    /// <exception cref="ArgumentException">
    /// A column is missing or has another type, or a row has different numbers of correct and predicted labels.
    /// </exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Row(["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "I-PER", "O", "B-LOC"]),
    ///     new Row(["O", "B-LOC"], ["O", "O"]), // one entity is missed
    /// ]);
    ///
    /// NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(data);
    /// Console.WriteLine($"precision {metrics.Precision:F2}, recall {metrics.Recall:F2}, F1 {metrics.F1:F2}");
    /// // Output:
    /// // precision 1.00, recall 0.67, F1 0.80
    ///
    /// record Row(string[] Label, string[] PredictedLabel);
    /// ]]></code>
    /// </example>
    public static NamedEntityMetrics EvaluateNamedEntities(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label",
        string predictedLabelColumnName = "PredictedLabel",
        TagReading reading = TagReading.Lenient)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateNamedEntities));
        host.CheckValue(data, nameof(data));
        return NamedEntityEvaluation.OfLabels(host, data, labelColumnName, predictedLabelColumnName, reading);
    }

    /// <summary>
    /// Evaluates predicted entities that are given by their character positions: an entity is correct if its type, its start and its
    /// length are correct.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Data with all columns.</param>
    /// <param name="typeColumnName">The types of the correct entities, a vector of text.</param>
    /// <param name="startColumnName">The start positions of the correct entities, a vector of Int32.</param>
    /// <param name="lengthColumnName">The lengths of the correct entities, a vector of Int32.</param>
    /// <param name="predictedTypeColumnName">The types of the predicted entities.</param>
    /// <param name="predictedStartColumnName">The start positions of the predicted entities.</param>
    /// <param name="predictedLengthColumnName">The lengths of the predicted entities.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or has another type, or a row has different numbers of types, starts and lengths.
    /// </exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Row(["PER", "LOC"], [0, 13], [7, 4], ["PER", "LOC"], [0, 13], [3, 4]), // the first entity is cut short
    /// ]);
    ///
    /// NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateEntitySpans(data);
    /// Console.WriteLine($"precision {metrics.Precision:F2}, recall {metrics.Recall:F2}, F1 {metrics.F1:F2}");
    /// // Output:
    /// // precision 0.50, recall 0.50, F1 0.50
    ///
    /// record Row(string[] Label, int[] LabelStart, int[] LabelLength, string[] EntityType, int[] EntityStart, int[] EntityLength);
    /// ]]></code>
    /// </example>
    public static NamedEntityMetrics EvaluateEntitySpans(
        this MulticlassClassificationCatalog catalog, IDataView data, string typeColumnName = "Label",
        string startColumnName = "LabelStart", string lengthColumnName = "LabelLength",
        string predictedTypeColumnName = "EntityType", string predictedStartColumnName = "EntityStart",
        string predictedLengthColumnName = "EntityLength")
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateEntitySpans));
        host.CheckValue(data, nameof(data));
        return NamedEntityEvaluation.OfSpans(
            host, data, (typeColumnName, startColumnName, lengthColumnName),
            (predictedTypeColumnName, predictedStartColumnName, predictedLengthColumnName));
    }

    /// <summary>
    /// Loads a CoNLL column file with tags in IOB1, IOB2, BIOES, BILOU or another scheme (<see cref="TagScheme"/>), with one row for each
    /// sentence: its words in the column <c>Sentence</c>, and their labels, as IOB2, in the column <c>Label</c>. Both are vectors of text.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The file, in UTF-8; it is read into memory at once.</param>
    /// <param name="options">The layout of the file; null for words in the first column and tags in the last.</param>
    /// <exception cref="TaskFileException">The file does not have this format; the message gives the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// File.WriteAllText("train.conll", "Ann B-PER\nLee I-PER\nleft O\nRome B-LOC\n\nIt O\nrained O\n");
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromConll("train.conll");
    ///
    /// foreach (ConllRow row in mlContext.Data.CreateEnumerable<ConllRow>(data, reuseRowObject: false))
    ///     Console.WriteLine(string.Join(' ', row.Sentence) + " | " + string.Join(' ', row.Label));
    /// // Output:
    /// // Ann Lee left Rome | B-PER I-PER O B-LOC
    /// // It rained | O O
    /// ]]></code>
    /// </example>
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
        ConllRow[] rows =
            [.. file.Sentences.Select(sentence => new ConllRow { Sentence = [.. sentence.Words], Label = [.. sentence.Tags] })];
        return catalog.LoadFromEnumerable(rows);
    }
}
