using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary><see cref="IEstimator{TTransformer}"/> that teaches an encoder to label the words of a text, so as to find named entities.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Words: a vector of [Text](xref:Microsoft.ML.Data.TextDataViewType), or a text that is split. Labels: a vector of [keys](xref:Microsoft.ML.Data.KeyDataViewType) or of text, one a word; or the types, starts and lengths of entities |
/// | Output column data type | A vector of keys, the label of each word; vectors of its probabilities, of the words, and of the entities' types, texts, starts, lengths and scores |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Each word is labelled at its first token, as in Devlin et al., BERT (2019). A text that is longer than the model takes is read in
/// overlapping windows, each word where it has most context. The same data, options and seed give the same model, whatever the number of
/// threads. See docs/named-entities.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="NamedEntityCatalog.BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertNamedEntityRecognitionEstimator.Options)"/>
public sealed class BertNamedEntityRecognitionEstimator : TrainingEstimator<BertNamedEntityRecognitionTransformer, TaskModel>
{
    internal BertNamedEntityRecognitionEstimator(IHostEnvironment env, Options options) : base(env, options, setup => new NamedEntityRecipe(setup))
    {
    }

    /// <summary>The columns, and how the model is trained.</summary>
    public sealed class Options : TrainerOptions
    {
        /// <summary>
        /// Makes options with the settings that docs/named-entities.md has figures of, for models of some million parameters: 4 epochs, dropout at
        /// a rate of 0.1, and weights averaged at 0.998. Where no rate is given, models narrower than 384 learn at 1e-3, wider ones as
        /// <see cref="TrainerOptions.LearningRate"/> says.
        /// </summary>
        public Options() => (Epochs, DropoutRate, EmaDecay) = (4, 0.1, 0.998);

        /// <summary>
        /// The column with the label of each word: a vector of keys (with KeyValues of text) or of text; or, where there is a
        /// <see cref="LabelStartColumnName"/>, with the types of entities.
        /// </summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The column that is written with the label of each word: a vector of keys.</summary>
        public string OutputColumnName { get; set; } = "PredictedLabel";

        /// <summary>The column with the words: a vector of text, or a text, which is split.</summary>
        public string Sentence1ColumnName { get; set; } = "Sentence";

        /// <summary>
        /// The column that says where each entity starts, in UTF-16 characters of the text, a vector of int; the label column then has the
        /// entities' types. Null where there is a label a word.
        /// </summary>
        public string? LabelStartColumnName { get; set; }

        /// <summary>The column with the length of each entity, in UTF-16 characters: a vector of int. Null where there is a label a word.</summary>
        public string? LabelLengthColumnName { get; set; }

        /// <summary>The column that is written with the probability of each word's label: a vector of float.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The column that is written with the words themselves: a vector of text.</summary>
        public string WordColumnName { get; set; } = "Word";

        /// <summary>The column that is written with the type of each entity found: a vector of text.</summary>
        public string EntityTypeColumnName { get; set; } = "EntityType";

        /// <summary>The column that is written with each entity found: a vector of text.</summary>
        public string EntityTextColumnName { get; set; } = "EntityText";

        /// <summary>
        /// The column that is written with the start of each entity found, in UTF-16 characters of the text, or of the words joined by
        /// spaces: a vector of int.
        /// </summary>
        public string EntityStartColumnName { get; set; } = "EntityStart";

        /// <summary>The column that is written with the length of each entity found, in UTF-16 characters: a vector of int.</summary>
        public string EntityLengthColumnName { get; set; } = "EntityLength";

        /// <summary>The column that is written with the score of each entity found, the geometric mean of its words' probabilities: a vector of float.</summary>
        public string EntityScoreColumnName { get; set; } = "EntityScore";

        /// <summary>
        /// How a text is split into words. Null: at spaces, as Microsoft.ML.TorchSharp does, where the model is taught on texts with a label a
        /// word; at white space and punctuation where it is taught on entities given by their characters, or on words.
        /// </summary>
        public WordSplitting? Splitting { get; set; }

        /// <summary>
        /// Whether the labels of a text are its most probable sequence that is valid in their scheme, found by Viterbi's algorithm, rather than the most probable
        /// label of each word. Null: where all labels that are learned from are valid.
        /// </summary>
        public bool? ConstrainedDecoding { get; set; }

        /// <summary>The weights of labels' words in the loss, by label; 1 where it says nothing. Null for 1 throughout.</summary>
        public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

        /// <summary>The share of the target that is spread evenly over all labels, from 0 to below 1.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>The most tokens that are read together, opening and closing token included; 0 for as many as the model takes.</summary>
        public int MaxLength { get; set; }

        /// <summary>How many tokens neighbouring windows of a longer text share, at most; null for a quarter of a window.</summary>
        public int? StrideOverlap { get; set; }

        /// <inheritdoc/>
        public override double UsualRate(int width) => width < 384 ? 1e-3 : base.UsualRate(width);

        internal NamedEntityOutput ToOutput(IExceptionContext env)
        {
            var output = new NamedEntityOutput(
                OutputColumnName, ScoreColumnName, WordColumnName, EntityTypeColumnName, EntityTextColumnName, EntityStartColumnName, EntityLengthColumnName,
                EntityScoreColumnName);
            foreach (string name in output.Names)
                env.CheckNonWhiteSpace(name, nameof(Options));
            string? twice = output.Names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
            env.CheckUserArg(twice is null, nameof(OutputColumnName), $"Two of the columns that are written are called '{twice}'; expected names that differ");
            return output;
        }
    }
}
