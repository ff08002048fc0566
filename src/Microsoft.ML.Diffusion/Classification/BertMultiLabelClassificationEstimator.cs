using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to say which labels, of which a text or a pair of texts may have any
/// number, it has.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multi-label classification |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), and a second one for pairs |
/// | Label column data type | Known-sized vector of [Boolean](xref:System.Boolean), or vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) |
/// | Output columns | PredictedLabel: as the label; Score: each label's probability, a known-sized vector of [Single](xref:System.Single) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The same data, options and seed give the same model, whatever the number of threads. A row's scores are those of its texts alone.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertMultiLabelClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertMultiLabelClassificationEstimator.Options)"/>
public sealed class BertMultiLabelClassificationEstimator : TrainingEstimator<BertMultiLabelClassificationTransformer, TaskModel>
{
    internal BertMultiLabelClassificationEstimator(IHostEnvironment env, Options options) : base(env, options, setup => new SequenceRecipe<BertMultiLabelClassificationTransformer>(
        setup, options.OutputColumnName, new ManyLabels(options.Threshold),
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
