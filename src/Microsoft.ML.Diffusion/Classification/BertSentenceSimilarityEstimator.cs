using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to predict a number for a pair of texts, such as their similarity, or
/// for a single text.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Label: [Single](xref:System.Single) (rows whose label is NaN or infinite are left out); Sentence1: [Text](xref:Microsoft.ML.Data.TextDataViewType); Sentence2: Text (optional, for pairs) |
/// | Output column data type | Score: [Single](xref:System.Single) (in the unit of the label) |
/// | Is normalization required? | No: the mean and the standard deviation of the label are learned |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | Yes, with the package Diffusion.ML.Onnx |
///
/// The same data, options and seed give the same model, for any number of threads. The score of a row depends only on its own texts.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertSentenceSimilarity(RegressionCatalog.RegressionTrainers, BertSentenceSimilarityEstimator.Options)"/>
public sealed class BertSentenceSimilarityEstimator : TrainingEstimator<BertSentenceSimilarityTransformer, TaskModel>
{
    internal BertSentenceSimilarityEstimator(IHostEnvironment env, Options options)
        : base(env, options, setup => new SequenceRecipe<BertSentenceSimilarityTransformer>(
        setup, outputColumnName: null, new NumberLabels(),
        (host, model, tokenizer, settings, report) => new(host, model, tokenizer, settings, report)))
    {
    }

    /// <summary>The options: the columns and the training settings.</summary>
    public sealed class Options : BertSequenceOptions
    {
        /// <summary>Creates options for pairs of texts, in the columns Sentence1 and Sentence2.</summary>
        public Options() => Sentence2ColumnName = "Sentence2";
    }
}
