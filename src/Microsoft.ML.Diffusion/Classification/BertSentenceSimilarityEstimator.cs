using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to give a pair of texts a number, as how like they are; or a text,
/// where there is no second one.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), and a second one for pairs |
/// | Label column data type | [Single](xref:System.Single); rows whose label is NaN or infinite are left out |
/// | Output columns | Score: [Single](xref:System.Single), in the label's unit |
/// | Is normalization required? | No: the label's mean and deviation are learned apart |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The same data, options and seed give the same model, whatever the number of threads. A row's score is that of its texts alone.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertSentenceSimilarity(RegressionCatalog.RegressionTrainers, BertSentenceSimilarityEstimator.Options)"/>
public sealed class BertSentenceSimilarityEstimator : TrainingEstimator<BertSentenceSimilarityTransformer, TaskModel>
{
    internal BertSentenceSimilarityEstimator(IHostEnvironment env, Options options) : base(env, options, setup => new SequenceRecipe<BertSentenceSimilarityTransformer>(
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
