using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to classify texts or pairs of texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Label: [Key](xref:Microsoft.ML.Data.KeyDataViewType) (of two or more values, rows with a missing key are left out); Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | PredictedLabel: [Key](xref:Microsoft.ML.Data.KeyDataViewType) (with the values of the label); Score: known-sized vector of [Single](xref:System.Single) (the probabilities of the classes) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | Yes, with the package Diffusion.ML.Onnx |
///
/// The same data, options and seed give the same model, for any number of threads. The scores of a row depend only on its own texts.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertTextClassificationEstimator.Options)"/>
public sealed class BertTextClassificationEstimator : TrainingEstimator<BertTextClassificationTransformer, TaskModel>
{
    internal BertTextClassificationEstimator(IHostEnvironment env, Options options)
        : base(env, options, setup => new SequenceRecipe<BertTextClassificationTransformer>(
        setup, ColumnNames.Check(setup.Host, options.OutputColumnName, nameof(options.OutputColumnName),
            "the output column for the predicted class"), new ClassLabels(setup.Host, options),
        (host, model, tokenizer, settings, report) => new(host, model, tokenizer, settings, report)))
    {
    }

    /// <summary>The options: the columns and the training settings.</summary>
    public sealed class Options : BertSequenceOptions
    {
        /// <summary>The output column for the predicted class: a key with the label's values.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>
        /// The label smoothing: the share of the target's probability that is spread evenly over all classes. 0 for none; 0.1 is usual for
        /// noisy labels.
        /// </summary>
        public double LabelSmoothing { get; set; }

        /// <summary>Whether all classes have the same weight in the loss, however often they occur.</summary>
        public bool BalanceClasses { get; set; }

        /// <summary>The weight of each class in the loss, in the order of the label's keys; null for equal weights.</summary>
        public IReadOnlyList<float>? ClassWeights { get; set; }
    }
}
