using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that applies a fine-tuned encoder to predict the labels of a text or a pair of texts, which may
/// have any number of them.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multi-label classification |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | PredictedLabel: variable-sized vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) (with the names of the model's labels); Score: known-sized vector of [Single](xref:System.Single) (the probabilities of the labels) |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The probabilities are the sigmoids of the head's outputs. The labels are named as in id2label of the model's config.json. See
/// docs/ready-models.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="ScoringCatalog.ApplyMultiLabelClassification(TransformsCatalog.TextTransforms, MultiLabelClassificationScoringEstimator.Options)"/>
public sealed class MultiLabelClassificationScoringEstimator : ScoringEstimator<BertMultiLabelClassificationTransformer>
{
    internal MultiLabelClassificationScoringEstimator(IHostEnvironment env, Options options)
        : base(env, options, TaskKind.SequenceClassification, MultiLabelProblem.ProblemName,
            setup => new SequenceScoring<BertMultiLabelClassificationTransformer>(
            setup, options, ColumnNames.Check(setup.Host, options.OutputColumnName, nameof(options.OutputColumnName),
                "the output column for the predicted labels"), new ManyLabels(options.Threshold),
            (host, model, tokenizer, settings) => new(host, model, tokenizer, settings)))
    {
    }

    /// <summary>The options: the model, the columns and the threshold.</summary>
    public sealed class Options : SequenceScoringOptions
    {
        /// <summary>The output column for the predicted labels: a vector of keys with the names of the model's labels.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>The threshold: a label is predicted if its probability is at least this; above 0 and below 1.</summary>
        public double Threshold { get; set; } = 0.5;
    }
}
