using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that applies a fine-tuned encoder to predict a number for a pair of texts, such as their
/// similarity, or for a single text.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | Score: [Single](xref:System.Single) (the output of the head) |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | Yes, with the package Diffusion.ML.Onnx |
///
/// The number is the head's output as it is: no sigmoid is applied, not even for a cross-encoder. See docs/ready-models.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="ScoringCatalog.ApplySentenceSimilarity(TransformsCatalog.TextTransforms, SentenceSimilarityScoringEstimator.Options)"/>
public sealed class SentenceSimilarityScoringEstimator : ScoringEstimator<BertSentenceSimilarityTransformer>
{
    internal SentenceSimilarityScoringEstimator(IHostEnvironment env, Options options)
        : base(env, options, TaskKind.SequenceClassification, RegressionProblem.ProblemName,
            setup => new SequenceScoring<BertSentenceSimilarityTransformer>(
            setup, options, outputColumnName: null, new NumberLabels(),
            (host, model, tokenizer, settings) => new(host, model, tokenizer, settings)))
    {
    }

    /// <summary>The options: the model and the columns.</summary>
    public sealed class Options : SequenceScoringOptions
    {
        /// <summary>Creates options for pairs of texts, in the columns Sentence1 and Sentence2.</summary>
        public Options() => Sentence2ColumnName = "Sentence2";
    }
}
