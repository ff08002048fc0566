using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to label the words of a text, and so to find named entities.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Named entity recognition |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Label: vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType), or vector of [Text](xref:Microsoft.ML.Data.TextDataViewType) (one for each word, or the types of the entities); Sentence: Text, or vector of Text; LabelStart: vector of [Int32](xref:System.Int32) (optional, for entities by characters); LabelLength: vector of Int32 (with LabelStart) |
/// | Output column data type | PredictedLabel: variable-sized vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) (one for each word); Score: variable-sized vector of [Single](xref:System.Single); Word: variable-sized vector of [Text](xref:Microsoft.ML.Data.TextDataViewType); EntityType: variable-sized vector of Text; EntityText: variable-sized vector of Text; EntityStart: variable-sized vector of [Int32](xref:System.Int32); EntityLength: variable-sized vector of Int32; EntityScore: variable-sized vector of Single |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Each word is labeled at its first token, as in Devlin et al., BERT (2019). A text that is longer than the model's maximum is read in
/// overlapping windows; the label of a word is that of the window with the most context around it. The same data, options and seed give the
/// same model, for any number of threads. See docs/named-entities.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="NamedEntityCatalog.BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertNamedEntityRecognitionEstimator.Options)"/>
public sealed class BertNamedEntityRecognitionEstimator : TrainingEstimator<BertNamedEntityRecognitionTransformer, TaskModel>
{
    internal BertNamedEntityRecognitionEstimator(IHostEnvironment env, Options options)
        : base(env, options, setup => new NamedEntityRecipe(setup))
    {
    }

    /// <summary>The options: the columns and the training settings.</summary>
    public sealed class Options : TrainerOptions, INamedEntityOptions
    {
        /// <summary>
        /// Creates options with the settings that docs/named-entities.md has results for, for models of some million parameters: a dropout
        /// rate of 0.1, and an EMA decay of 0.998 for the weights. If no learning rate is given, models narrower than 384 use 1e-3, wider
        /// ones the rate of <see cref="TrainerOptions.LearningRate"/>; if no <see cref="TrainerOptions.Epochs"/> are given, there are 4, or
        /// more if the rows are few.
        /// </summary>
        public Options() => (DropoutRate, EmaDecay) = (0.1, 0.998);

        /// <summary>
        /// The column with the label of each word: a vector of keys (with KeyValues of text) or of text; or, if there is a
        /// <see cref="LabelStartColumnName"/>, with the types of the entities.
        /// </summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The output column for the label of each word: a vector of keys.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>The column with the words: a vector of text, or a text, which is split into words.</summary>
        public string Sentence1ColumnName { get; set; } = "Sentence";

        /// <summary>
        /// The column with the start of each entity, in UTF-16 characters of the text: a vector of int. The label column then has the types
        /// of the entities. Null if there is a label for each word.
        /// </summary>
        public string? LabelStartColumnName { get; set; }

        /// <summary>
        /// The column with the length of each entity, in UTF-16 characters: a vector of int. Null if there is a label for each word.
        /// </summary>
        public string? LabelLengthColumnName { get; set; }

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
        /// How a text is split into words. Null splits at spaces, like Microsoft.ML.TorchSharp, if the model is trained on texts with a
        /// label for each word; and at whitespace and punctuation if it is trained on entities given by their characters, or on words.
        /// </summary>
        public WordSplitting? Splitting { get; set; }

        /// <summary>
        /// Whether the labels of a text are the most probable sequence that is valid in their scheme, found by the Viterbi
        /// algorithm, rather than the most probable label of each word. Null: true if all training labels are valid.
        /// </summary>
        public bool? ConstrainedDecoding { get; set; }

        /// <summary>
        /// The weight of a word in the loss, by its label; a label that is not listed has weight 1. Null for 1 throughout.
        /// </summary>
        public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

        /// <summary>The share of the target that is spread evenly over all labels (label smoothing), from 0 to below 1.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>
        /// The maximum number of tokens that are read together, opening and closing token included; 0 for the model's maximum.
        /// </summary>
        public int MaxLength { get; set; }

        /// <summary>The maximum number of tokens that neighboring windows of a longer text share; null for a quarter of a window.</summary>
        public int? StrideOverlap { get; set; }

        private protected override double UsualEpochs => 4;

        /// <inheritdoc/>
        public override double UsualRate(int width) => width < 384 ? 1e-3 : base.UsualRate(width);
    }
}
