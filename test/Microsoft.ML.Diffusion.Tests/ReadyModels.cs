using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Directories of models that are already fine-tuned: tiny, each trained for a fraction of a second to know a few sentences, in the names
/// that the examples of the catalog use.
/// </summary>
internal static class ReadyModels
{
    private const string Corpus =
        "A wonderful film. I was bored. The ship sailed. A ship was sailing. The horse ran. A horse was running. It rained all day. " +
        "Anna was born in London in 1832. Where was Anna born? The ship left Bristol in May. Where did the ship start? " +
        "Ann Lee left Rome. It rained in Rome.\n";

    private static readonly Lazy<string> s_root = new(Make);
    private static readonly Dictionary<string, SortedDictionary<string, string[]>> s_trained = [];

    public static string Sentiment => Path.Combine(s_root.Value, "sentiment-model");

    public static string Topics => Path.Combine(s_root.Value, "topics-model");

    public static string Similarity => Path.Combine(s_root.Value, "similarity-model");

    public static string Question => Path.Combine(s_root.Value, "question-model");

    public static string Entity => Path.Combine(s_root.Value, "entity-model");

    public static SentenceRow[] Sentences { get; } =
    [
        new() { Sentence1 = "I was bored.", Category = "negative" },
        new() { Sentence1 = "A wonderful film.", Category = "positive" },
    ];

    public static SentenceRow[] Tagged { get; } =
    [
        new() { Sentence1 = "The ship sailed.", Tags = ["sea"] },
        new() { Sentence1 = "The horse ran.", Tags = ["land", "animal"] },
    ];

    public static SentenceRow[] Pairs { get; } =
    [
        new() { Sentence1 = "The ship sailed.", Sentence2 = "A ship was sailing.", Value = 5 },
        new() { Sentence1 = "The horse ran.", Sentence2 = "A horse was running.", Value = 5 },
        new() { Sentence1 = "The ship sailed.", Sentence2 = "It rained all day.", Value = 0 },
        new() { Sentence1 = "The horse ran.", Sentence2 = "It rained all day.", Value = 0 },
    ];

    public static QuestionRow[] Questions { get; } =
    [
        new()
        {
            Context = "Anna was born in London in 1832.", Question = "Where was Anna born?", TrainingAnswer = "London", AnswerIndex = 17,
        },
        new()
        {
            Context = "The ship left Bristol in May.", Question = "Where did the ship start?", TrainingAnswer = "Bristol", AnswerIndex = 14,
        },
    ];

    public static WordsRow[] Words { get; } =
    [
        new() { Sentence = ["Ann", "Lee", "left", "Rome", "."], Label = ["B-PER", "I-PER", "O", "B-LOC", "O"] },
        new() { Sentence = ["Ann", "Lee", "left", "Rome"], Label = ["B-PER", "I-PER", "O", "B-LOC"] },
        new() { Sentence = ["It", "rained", "in", "Rome", "."], Label = ["O", "O", "O", "B-LOC", "O"] },
        new() { Sentence = ["It", "rained", "in", "Rome"], Label = ["O", "O", "O", "B-LOC"] },
    ];

    /// <summary>What the trained transformer of a directory gave for the rows that it was trained on.</summary>
    public static SortedDictionary<string, string[]> Trained(string directory) => s_trained[Path.GetFileName(directory)];

    /// <summary>Copies the models that a program names into a directory.</summary>
    public static void CopyTo(string directory, string code)
    {
        foreach (string name in (string[])["sentiment-model", "topics-model", "similarity-model", "question-model", "entity-model"])
        {
            if (!code.Contains($"\"{name}\"", StringComparison.Ordinal))
                continue;
            string target = Directory.CreateDirectory(Path.Combine(directory, name)).FullName;
            foreach (string file in Directory.EnumerateFiles(Path.Combine(s_root.Value, name)))
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    public static void Remove()
    {
        if (s_root.IsValueCreated)
            Directory.Delete(s_root.Value, recursive: true);
    }

    private static string Make()
    {
        string root = Directory.CreateTempSubdirectory("ready-models").FullName, start = Path.Combine(root, "start");
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train([Corpus, Corpus], 400);
        var configuration = new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 32, Layers = 1, MaxLength = 256, PadToken = tokenizer.PadToken,
            InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { PositionOffset = tokenizer.PadToken + 1, TokenTypes = 1 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 64 },
        };
        using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 5))
            EncoderCheckpoint.Save(model, tokenizer, start);
        var context = new MLContext(seed: 1);
        var trainers = context.MulticlassClassification.Trainers;
        IDataView sentences = Keys(context, "Category", Sentences), tagged = Keys(context, "Tags", Tagged);
        Save(trainers.BertTextClassification(Set<BertTextClassificationEstimator.Options>(new())), sentences, "sentiment-model");
        Save(trainers.BertMultiLabelClassification(Set<BertMultiLabelClassificationEstimator.Options>(new())), tagged, "topics-model");
        Save(context.Regression.Trainers.BertSentenceSimilarity(
            Set<BertSentenceSimilarityEstimator.Options>(new() { LabelColumnName = "Value" })), Load(Pairs), "similarity-model");
        Save(trainers.BertQuestionAnswering(Set<BertQuestionAnsweringEstimator.Options>(new())), Load(Questions), "question-model");
        BertNamedEntityRecognitionEstimator.Options options = Set<BertNamedEntityRecognitionEstimator.Options>(new() { EmaDecay = 0 });
        options.Epochs = 150; // B- and I- are hard to tell apart
        Save(trainers.BertNamedEntityRecognition(options), Load(Words), "entity-model");
        return root;

        IDataView Load<TRow>(TRow[] rows) where TRow : class => context.Data.LoadFromEnumerable(rows);

        TOptions Set<TOptions>(TOptions options) where TOptions : TrainerOptions
        {
            (options.Model, options.Epochs, options.LearningRate, options.BatchSize, options.Seed, options.DropoutRate) =
                (EncoderModel.FromDirectory(start), 40, 5e-3, 4, 1, 0);
            return options;
        }

        void Save<TTransformer>(TrainingEstimator<TTransformer, TaskModel> trainer, IDataView rows, string name)
            where TTransformer : ModelTransformerBase<TaskModel>
        {
            using TTransformer transformer = trainer.Fit(rows);
            transformer.SaveToDirectory(Path.Combine(root, name));
            s_trained[name] = SavedModels.Outputs(rows, transformer);
        }
    }

    /// <summary>Rows with the keys of a column in the column Label.</summary>
    public static IDataView Keys(MLContext context, string column, SentenceRow[] rows)
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey("Label", column).Fit(data).Transform(data);
    }
}

/// <summary>A text or a pair with every kind of label.</summary>
internal sealed class SentenceRow
{
    public string Sentence1 { get; set; } = "";

    public string Sentence2 { get; set; } = "";

    public string Category { get; set; } = "";

    public string[] Tags { get; set; } = [];

    public float Value { get; set; }
}

/// <summary>Words and their labels.</summary>
internal sealed class WordsRow
{
    public string[] Sentence { get; set; } = [];

    public string[] Label { get; set; } = [];
}
