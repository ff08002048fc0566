using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to predict the labels of a text or a pair of texts, which may have any
/// number of them.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multi-label classification |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Label: known-sized vector of [Boolean](xref:System.Boolean), or vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType); Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | PredictedLabel: known-sized vector of [Boolean](xref:System.Boolean), or variable-sized vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) (like the label); Score: known-sized vector of [Single](xref:System.Single) (the probabilities of the labels) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | Yes, with the package Diffusion.ML.Onnx, if the label column is a vector of Boolean |
///
/// The same data, options and seed give the same model, for any number of threads. The scores of a row depend only on its own texts.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertMultiLabelClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertMultiLabelClassificationEstimator.Options)"/>
public sealed class BertMultiLabelClassificationEstimator : TrainingEstimator<BertMultiLabelClassificationTransformer, TaskModel>
{
    internal BertMultiLabelClassificationEstimator(IHostEnvironment env, Options options)
        : base(env, options, setup => new SequenceRecipe<BertMultiLabelClassificationTransformer>(
        setup, ColumnNames.Check(setup.Host, options.OutputColumnName, nameof(options.OutputColumnName),
            "the output column for the predicted labels"), new ManyLabels(options.Threshold),
        (host, model, tokenizer, settings, report) => new(host, model, tokenizer, settings, report)))
    {
    }

    /// <summary>The options: the columns and the training settings.</summary>
    public sealed class Options : BertSequenceOptions
    {
        /// <summary>The output column for the predicted labels: a vector of the same kind as the label column.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>The threshold: a label is predicted if its probability is at least this; above 0 and below 1.</summary>
        public double Threshold { get; set; } = 0.5;
    }
}
