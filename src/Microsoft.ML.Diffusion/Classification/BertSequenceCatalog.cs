using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds trainers for texts and pairs of texts to <c>mlContext.MulticlassClassification.Trainers</c> and <c>mlContext.Regression.Trainers</c>.</summary>
public static class BertSequenceCatalog
{
    /// <summary>Fine-tunes a model to tell classes of texts, or of pairs of texts, apart.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the classes: a key.</param>
    /// <param name="scoreColumnName">The column that the classes' probabilities are written to.</param>
    /// <param name="outputColumnName">The column that the predicted class is written to: a key with the label's values.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null where texts are not pairs.</param>
    /// <param name="batchSize">The most examples in a batch.</param>
    /// <param name="maxEpochs">How often each example is seen.</param>
    /// <param name="architecture">Decides nothing: the model's directory says what it is.</param>
    /// <param name="validationSet">Rows to measure on while learning, after which the best model is kept; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    public static BertTextClassificationEstimator BertTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label", string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null,
        int batchSize = 32, int maxEpochs = 3, BertArchitecture architecture = BertArchitecture.Roberta, IDataView? validationSet = null)
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

    /// <inheritdoc cref="BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, int, int, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how it is trained.</param>
    public static BertTextClassificationEstimator BertTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertTextClassificationEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertTextClassificationEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Fine-tunes a model to say which labels a text, or a pair of texts, has, of which it may have any number.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the labels: a vector of booleans, one a label, or of keys, those that the row has.</param>
    /// <param name="scoreColumnName">The column that the labels' probabilities are written to.</param>
    /// <param name="outputColumnName">The column that the predicted labels are written to, a vector of what the label column has.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null where texts are not pairs.</param>
    /// <param name="batchSize">The most examples in a batch.</param>
    /// <param name="maxEpochs">How often each example is seen.</param>
    /// <param name="architecture">Decides nothing: the model's directory says what it is.</param>
    /// <param name="validationSet">Rows to measure on while learning, after which the best model is kept; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    public static BertMultiLabelClassificationEstimator BertMultiLabelClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName = "Label", string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null,
        int batchSize = 32, int maxEpochs = 3, BertArchitecture architecture = BertArchitecture.Roberta, IDataView? validationSet = null)
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

    /// <inheritdoc cref="BertMultiLabelClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, int, int, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how it is trained.</param>
    public static BertMultiLabelClassificationEstimator BertMultiLabelClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertMultiLabelClassificationEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertMultiLabelClassificationEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Fine-tunes a model to give pairs of texts a number, as how like they are; or texts, where there is no second column.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the numbers: Single.</param>
    /// <param name="scoreColumnName">The column that the predicted numbers are written to.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null where texts are not pairs.</param>
    /// <param name="batchSize">The most examples in a batch.</param>
    /// <param name="maxEpochs">How often each example is seen.</param>
    /// <param name="architecture">Decides nothing: the model's directory says what it is.</param>
    /// <param name="validationSet">Rows to measure on while learning, after which the best model is kept; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    public static BertSentenceSimilarityEstimator BertSentenceSimilarity(
        this RegressionCatalog.RegressionTrainers catalog, string labelColumnName = "Label", string scoreColumnName = "Score",
        string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = "Sentence2",
        int batchSize = 32, int maxEpochs = 3, BertArchitecture architecture = BertArchitecture.Roberta, IDataView? validationSet = null)
    {
        return catalog.BertSentenceSimilarity(new BertSentenceSimilarityEstimator.Options
        {
            LabelColumnName = labelColumnName,
            ScoreColumnName = scoreColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertSentenceSimilarity(RegressionCatalog.RegressionTrainers, string, string, string, string, int, int, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how it is trained.</param>
    public static BertSentenceSimilarityEstimator BertSentenceSimilarity(
        this RegressionCatalog.RegressionTrainers catalog, BertSentenceSimilarityEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertSentenceSimilarityEstimator(catalog.GetEnvironment(), options);
    }
}
