using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <c>mlContext.MulticlassClassification.Trainers</c> and <c>mlContext.Regression.Trainers</c>: trainers for texts and
/// pairs of texts.
/// </summary>
public static class BertSequenceCatalog
{
    /// <summary>Fine-tunes a model to classify texts or pairs of texts.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the classes: a key.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the classes.</param>
    /// <param name="outputColumnName">The output column for the predicted class: a key with the label's values.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <param name="batchSize">The maximum number of examples in a batch.</param>
    /// <param name="maxEpochs">
    /// The number of passes over the training data. Null takes 3, or as many as 100 steps need if the rows are few.
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
    ///     new Sentence("The ship sailed over the sea.", "sea"), new Sentence("Waves broke on the shore.", "sea"),
    ///     new Sentence("The horse ran along the road.", "land"), new Sentence("They walked up the hill.", "land"),
    /// ]);
    ///
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Place")
    ///     .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(batchSize: 4, maxEpochs: 10))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string place in model.Transform(data).GetColumn<string>("PredictedLabel"))
    ///     Console.WriteLine(place);
    /// // Output:
    /// // sea
    /// // sea
    /// // land
    /// // land
    ///
    /// record Sentence(string Sentence1, string Place);
    /// ]]></code>
    /// </example>
    public static BertTextClassificationEstimator BertTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null,
        int batchSize = 32, int? maxEpochs = null, BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertTextClassification(new BertTextClassificationEstimator.Options
        {
            LabelColumnName = labelColumnName,
            ScoreColumnName = scoreColumnName,
            OutputColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, int, int?, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the training settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Sentence("The ship sailed over the sea.", "sea"), new Sentence("The horse ran along the road.", "land")]);
    /// var options = new BertTextClassificationEstimator.Options
    /// {
    ///     Sentence1ColumnName = "Sentence1",
    ///     Model = EncoderModel.Default, // or EncoderModel.FromDirectory(path)
    ///     Epochs = 10,
    /// };
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Place")
    ///     .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(options))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    ///
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// Console.WriteLine(string.Join(' ', model.Transform(data).GetColumn<string>("PredictedLabel")));
    /// // Output:
    /// // sea land
    ///
    /// record Sentence(string Sentence1, string Place);
    /// ]]></code>
    /// </example>
    public static BertTextClassificationEstimator BertTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertTextClassificationEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertTextClassificationEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Fine-tunes a model to predict the labels of a text or a pair of texts, which may have any number of them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">
    /// The column with the labels: a vector of Booleans, one for each label, or a vector of the keys of the row's labels.
    /// </param>
    /// <param name="scoreColumnName">The output column for the probabilities of the labels.</param>
    /// <param name="outputColumnName">The output column for the predicted labels: a vector of the same kind as the label column.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <param name="batchSize">The maximum number of examples in a batch.</param>
    /// <param name="maxEpochs">
    /// The number of passes over the training data. Null takes 3, or as many as 100 steps need if the rows are few.
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
    ///     new Sentence("The ship sailed over the sea.", ["sea"]), new Sentence("The horse ran along the road.", ["land"]),
    ///     new Sentence("The horse ran along the sea.", ["sea", "land"]),
    /// ]);
    ///
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Places")
    ///     .Append(mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(batchSize: 3, maxEpochs: 16))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string[] places in model.Transform(data).GetColumn<string[]>("PredictedLabel"))
    ///     Console.WriteLine(string.Join(' ', places));
    /// // Output:
    /// // sea
    /// // land
    /// // sea land
    ///
    /// record Sentence(string Sentence1, string[] Places);
    /// ]]></code>
    /// </example>
    public static BertMultiLabelClassificationEstimator BertMultiLabelClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null,
        int batchSize = 32, int? maxEpochs = null, BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertMultiLabelClassification(new BertMultiLabelClassificationEstimator.Options
        {
            LabelColumnName = labelColumnName,
            ScoreColumnName = scoreColumnName,
            OutputColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertMultiLabelClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, int, int?, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the training settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Sentence("The ship sailed over the sea.", ["sea"]), new Sentence("The horse ran.", ["land", "animal"])]);
    /// var options = new BertMultiLabelClassificationEstimator.Options
    /// {
    ///     Sentence1ColumnName = "Sentence1",
    ///     Epochs = 12,
    ///     Threshold = 0.5,
    /// };
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Tags")
    ///     .Append(mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(options))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    ///
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string[] tags in model.Transform(data).GetColumn<string[]>("PredictedLabel"))
    ///     Console.WriteLine(string.Join(' ', tags));
    /// // Prints "sea" for the first sentence and "land animal" for the second.
    ///
    /// record Sentence(string Sentence1, string[] Tags);
    /// ]]></code>
    /// </example>
    public static BertMultiLabelClassificationEstimator BertMultiLabelClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        BertMultiLabelClassificationEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertMultiLabelClassificationEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Fine-tunes a model to predict a number for pairs of texts, such as their similarity, or for single texts.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the numbers: Single.</param>
    /// <param name="scoreColumnName">The output column for the predicted numbers.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <param name="batchSize">The maximum number of examples in a batch.</param>
    /// <param name="maxEpochs">
    /// The number of passes over the training data. Null takes 3, or as many as 100 steps need if the rows are few.
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
    ///     new Pair("The ship sailed.", "A ship was sailing.", 5), new Pair("The horse ran.", "A horse was running.", 5),
    ///     new Pair("The ship sailed.", "The old man slept.", 0), new Pair("The horse ran.", "It rained all day.", 0),
    /// ]);
    ///
    /// var trainer = mlContext.Regression.Trainers.BertSentenceSimilarity(batchSize: 4, maxEpochs: 10);
    /// ITransformer model = trainer.Fit(data);
    ///
    /// foreach (float score in model.Transform(data).GetColumn<float>("Score"))
    ///     Console.WriteLine($"{score:F1}");
    /// // Prints four numbers, of which the first two are near 5 and the last two near 0.
    ///
    /// record Pair(string Sentence1, string Sentence2, float Label);
    /// ]]></code>
    /// </example>
    public static BertSentenceSimilarityEstimator BertSentenceSimilarity(
        this RegressionCatalog.RegressionTrainers catalog, string labelColumnName = "Label", string scoreColumnName = "Score",
        string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = "Sentence2",
        int batchSize = 32, int? maxEpochs = null, BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertSentenceSimilarity(new BertSentenceSimilarityEstimator.Options
        {
            LabelColumnName = labelColumnName,
            ScoreColumnName = scoreColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertSentenceSimilarity(RegressionCatalog.RegressionTrainers, string, string, string, string, int, int?, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the training settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Review("A wonderful story.", 5), new Review("I was bored to death.", 1), new Review("Not bad.", 3)]);
    /// var options = new BertSentenceSimilarityEstimator.Options
    /// {
    ///     LabelColumnName = "Stars",
    ///     Sentence1ColumnName = "Text",
    ///     Sentence2ColumnName = null, // single texts, not pairs
    ///     Epochs = 10,
    /// };
    /// ITransformer model = mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(data);
    ///
    /// foreach (float score in model.Transform(data).GetColumn<float>("Score"))
    ///     Console.WriteLine($"{score:F1}");
    /// // Prints three numbers near 5, 1 and 3.
    ///
    /// record Review(string Text, float Stars);
    /// ]]></code>
    /// </example>
    public static BertSentenceSimilarityEstimator BertSentenceSimilarity(
        this RegressionCatalog.RegressionTrainers catalog, BertSentenceSimilarityEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertSentenceSimilarityEstimator(catalog.GetEnvironment(), options);
    }
}
