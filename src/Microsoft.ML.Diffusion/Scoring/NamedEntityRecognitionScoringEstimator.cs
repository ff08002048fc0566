using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that applies a fine-tuned encoder to label the words of a text, and so to find named entities.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Named entity recognition |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Sentence: [Text](xref:Microsoft.ML.Data.TextDataViewType), or vector of Text |
/// | Output column data type | PredictedLabel: variable-sized vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) (one for each word, with the names of the model's labels); Score: variable-sized vector of [Single](xref:System.Single); Word: variable-sized vector of [Text](xref:Microsoft.ML.Data.TextDataViewType); EntityType: variable-sized vector of Text; EntityText: variable-sized vector of Text; EntityStart: variable-sized vector of [Int32](xref:System.Int32); EntityLength: variable-sized vector of Int32; EntityScore: variable-sized vector of Single |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Each word is labeled at its first token. A text that is longer than the model's maximum is read in overlapping windows; the label of a
/// word is that of the window with the most context around it. See docs/ready-models.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="ScoringCatalog.ApplyNamedEntityRecognition(TransformsCatalog.TextTransforms, NamedEntityRecognitionScoringEstimator.Options)"/>
public sealed class NamedEntityRecognitionScoringEstimator : ScoringEstimator<BertNamedEntityRecognitionTransformer>
{
    internal NamedEntityRecognitionScoringEstimator(IHostEnvironment env, Options options)
        : base(env, options, TaskKind.TokenClassification, problem: null, setup => new NamedEntityScoring(setup, options))
    {
    }

    /// <summary>The options: the model, the columns, and the settings for labeling.</summary>
    public sealed class Options : ScoringOptions, INamedEntityOptions
    {
        /// <summary>The output column for the label of each word: a vector of keys.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>The column with the words: a vector of text, or a text, which is split into words.</summary>
        public string Sentence1ColumnName { get; set; } = "Sentence";

        /// <summary>The output column for the probability of each word's label: a vector of float.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The output column for the words themselves: a vector of text.</summary>
        public string WordColumnName { get; set; } = "Word";

        /// <summary>The output column for the type of each entity found: a vector of text.</summary>
        public string EntityTypeColumnName { get; set; } = "EntityType";

        /// <summary>The output column for the text of each entity found: a vector of text.</summary>
        public string EntityTextColumnName { get; set; } = "EntityText";

        /// <summary>
        /// The output column for the start of each entity found, in UTF-16 characters of the text, or of the words joined by spaces: a
        /// vector of int.
        /// </summary>
        public string EntityStartColumnName { get; set; } = "EntityStart";

        /// <summary>The output column for the length of each entity found, in UTF-16 characters: a vector of int.</summary>
        public string EntityLengthColumnName { get; set; } = "EntityLength";

        /// <summary>
        /// The output column for the score of each entity found, the geometric mean of its words' probabilities: a vector of float.
        /// </summary>
        public string EntityScoreColumnName { get; set; } = "EntityScore";

        /// <summary>
        /// The maximum number of tokens that are read together, opening and closing token included; 0 for
        /// <see cref="EncoderModel.MaxLength"/>.
        /// </summary>
        public int MaxLength { get; set; }

        /// <summary>The maximum number of tokens that neighboring windows of a longer text share; null for a quarter of a window.</summary>
        public int? StrideOverlap { get; set; }

        /// <summary>How a text is split into words. Null splits at whitespace and punctuation.</summary>
        public WordSplitting? Splitting { get; set; }

        /// <summary>
        /// Whether the labels of a text are its most probable sequence that is valid in the scheme of the model's labels, found by the
        /// Viterbi algorithm, rather than the most probable label of each word.
        /// </summary>
        public bool ConstrainedDecoding { get; set; }
    }
}
