using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that applies a fine-tuned encoder to classify texts or pairs of texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | PredictedLabel: [Key](xref:Microsoft.ML.Data.KeyDataViewType) (with the names of the model's classes); Score: known-sized vector of [Single](xref:System.Single) (the probabilities of the classes) |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | Yes, with the package Diffusion.ML.Onnx |
///
/// The probabilities are the softmax of the head's outputs. The classes are named as in id2label of the model's config.json. See
/// docs/ready-models.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="ScoringCatalog.ApplyTextClassification(TransformsCatalog.TextTransforms, TextClassificationScoringEstimator.Options)"/>
public sealed class TextClassificationScoringEstimator : ScoringEstimator<BertTextClassificationTransformer>
{
    internal TextClassificationScoringEstimator(IHostEnvironment env, Options options)
        : base(env, options, TaskKind.SequenceClassification, SingleLabelProblem.ProblemName,
            setup => new SequenceScoring<BertTextClassificationTransformer>(
            setup, options, ColumnNames.Check(setup.Host, options.OutputColumnName, nameof(options.OutputColumnName),
                "the output column for the predicted class"), new ClassLabels(),
            (host, model, tokenizer, settings) => new(host, model, tokenizer, settings)))
    {
    }

    /// <summary>The options: the model and the columns.</summary>
    public sealed class Options : SequenceScoringOptions
    {
        /// <summary>The output column for the predicted class: a key with the names of the model's classes.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";
    }
}
