using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>Models of random shapes and weights, of each family and with each head. The same seed gives the same model.</summary>
internal static class RandomModels
{
    private const int LeastWidth = 24;

    private static readonly Lazy<Tokenizer> s_tokenizer = new(
        () => ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 270));

    public static IReadOnlyList<EncoderFamily> Families { get; } =
    [
        EncoderFamily.Bert, EncoderFamily.Roberta, EncoderFamily.DistilBert, EncoderFamily.Electra, EncoderFamily.Albert,
        EncoderFamily.ModernBert,
    ];

    /// <summary>null is the masked-language head.</summary>
    public static IReadOnlyList<TaskConfiguration?> Heads { get; } =
    [
        null,
        new(TaskKind.SequenceClassification, ["no", "perhaps", "yes"], "single_label_classification"),
        new(TaskKind.SequenceClassification, ["LABEL_0"], "regression"),
        new(TaskKind.SequenceClassification, ["a", "b", "c", "d"], "multi_label_classification"),
        new(TaskKind.TokenClassification, ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]),
        new(TaskKind.QuestionAnswering, ["start", "end"]),
    ];

    public static Tokenizer Tokenizer => s_tokenizer.Value;

    /// <summary>A configuration that the family's own files can state.</summary>
    public static EncoderConfiguration Configuration(EncoderFamily family, Random random, int? maxLength = null, int? width = null)
    {
        bool isModern = family == EncoderFamily.ModernBert, isAlbert = family == EncoderFamily.Albert;
        int headWidth = 2 * random.Next(2, 9);
        // Normalizing a row of a few numbers amplifies their rounding without bound.
        int heads = width is null ? Math.Max(random.Next(1, 5), (LeastWidth + headWidth - 1) / headWidth) : 4;
        int hidden = width ?? heads * headWidth;
        int layers = random.Next(1, 5), pad = random.Next(0, 4);
        int? embeddingWidth = isAlbert || family == EncoderFamily.Electra && random.Next(2) == 0 ? hidden - random.Next(1, 4) : null;
        Activation activation = random.GetItems([Activation.Gelu, Activation.GeluTanh, Activation.Relu, Activation.Silu], 1)[0];
        bool hasBias = !isModern || random.Next(2) == 0;
        return new EncoderConfiguration
        {
            VocabularySize = Tokenizer.VocabularySize + random.Next(0, 40),
            HiddenSize = hidden,
            Layers = layers,
            DistinctLayers = isAlbert ? random.Next(1, layers + 1) : null,
            MaxLength = maxLength ?? random.Next(8, 65),
            InitializerRange = 0.2,
            PadToken = pad,
            Embeddings = new EmbeddingConfiguration
            {
                Width = embeddingWidth,
                TokenTypes = isModern || family == EncoderFamily.DistilBert ? 0 : family == EncoderFamily.Roberta ? 1 : 2,
                PositionOffset = family == EncoderFamily.Roberta ? pad + 1 : 0,
            },
            Attention = new AttentionConfiguration
            {
                Heads = heads, HasBias = hasBias, GlobalLayers = isModern ? LayerPattern.Every(random.Next(1, 4)) : LayerPattern.All,
                LocalWindow = isModern ? random.Next(1, 20) : 0, GlobalTheta = isModern ? 160000 : 0,
                LocalTheta = isModern ? random.Next(100, 20000) : 0, OutputDropout = family == EncoderFamily.DistilBert ? null : 0,
            },
            FeedForward = new FeedForwardConfiguration
            {
                Width = random.Next(8, 100), HasBias = hasBias, Activation = activation, Dropout = isAlbert ? null : 0,
            },
            Norm = new NormConfiguration
            {
                Epsilon = isModern || family == EncoderFamily.Roberta ? 1e-5 : 1e-12, HasBias = !isModern || random.Next(2) == 0,
            },
            Head = new HeadConfiguration
            {
                IsTied = random.Next(3) > 0,
                Activation = family == EncoderFamily.Roberta || family == EncoderFamily.Electra ? Activation.Gelu : activation,
                HasBias = hasBias,
                Pooling = random.Next(2) == 0 ? TextPooling.First : TextPooling.Mean,
                AnswerDropout = family == EncoderFamily.DistilBert ? 0.1 : null,
            },
        };
    }

    /// <summary>A model with the head of a task, or with the masked-language head.</summary>
    public static EncoderWithHead Create(EncoderFamily family, EncoderConfiguration configuration, TaskConfiguration? task, int seed)
    {
        MaskedLanguageModel model = MaskedLanguageModel.Initialize(family, configuration, CpuEngine.Shared, (ulong)seed);
        if (task is null)
            return WithRandomVectors(model, seed);
        string directory = Directory.CreateTempSubdirectory("random-model").FullName;
        try
        {
            using (model)
                EncoderCheckpoint.Save(WithRandomVectors(model, seed), Tokenizer, directory);
            return WithRandomVectors(
                EncoderModel.FromDirectory(directory).LoadForTask(task, CpuEngine.Shared, (ulong)seed, configuration.Head.Pooling), seed);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Sequences of the given lengths.</summary>
    public static int[][] Sequences(EncoderConfiguration configuration, Random random, params int[] lengths) =>
        Array.ConvertAll(lengths, length => Enumerable.Range(0, length).Select(_ => random.Next(configuration.VocabularySize)).ToArray());

    /// <summary>Fresh vectors are all 0 or all 1, which would hide their being mixed up.</summary>
    private static T WithRandomVectors<T>(T model, int seed) where T : EncoderWithHead
    {
        var random = new Random(seed);
        foreach (Parameter parameter in model.Parameters.All.Where(parameter => parameter.IsVector))
        {
            float mean = parameter.Role == ParameterRole.Norm ? 1 : 0;
            float[] values = new float[parameter.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = mean + 0.3f * (random.NextSingle() - random.NextSingle());
            model.Engine.Write(parameter, 0, values);
        }
        return model;
    }
}
