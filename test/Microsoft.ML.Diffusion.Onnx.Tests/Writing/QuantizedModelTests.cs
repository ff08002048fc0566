using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>Files of 8-bit integers, and models that were quantized before.</summary>
[TestClass]
public sealed class QuantizedModelTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("quantized-onnx").FullName;

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath => Path.Combine(_directory, "model.onnx");

    [TestCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    public void The_embedded_model_fills_masks_with_the_same_words()
    {
        EncoderModel.Default.SaveOnnx(ModelPath, new OnnxExportOptions { Precision = OnnxPrecision.Int8 });
        using MaskedLanguageModel model = EncoderModel.Default.LoadMaskedLanguageModel(CpuEngine.Shared);
        Tokenizer tokenizer = EncoderModel.Default.Tokenizer;
        int[][] sequences = Array.ConvertAll(s_sentences, sentence => Masked(tokenizer, sentence));
        float[] expected = OnnxComparison.Compute(model, sequences, null, model.Forward);
        using var comparison = new OnnxComparison(ModelPath);
        float[] actual = [.. sequences.SelectMany(sequence => comparison.Run("logits", [sequence]))];
        int vocabulary = model.Configuration.VocabularySize, row = 0, equal = 0;
        double cosine = 0;
        foreach (int[] sequence in sequences)
        {
            int mask = row + Array.IndexOf(sequence, tokenizer.MaskToken);
            ReadOnlySpan<float> ours = expected.AsSpan(mask * vocabulary, vocabulary);
            ReadOnlySpan<float> theirs = actual.AsSpan(mask * vocabulary, vocabulary);
            equal += Greatest(ours) == Greatest(theirs) ? 1 : 0;
            cosine += System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(ours, theirs) / sequences.Length;
            row += sequence.Length;
        }
        TestContext.WriteLine($"{equal} of {sequences.Length} words equal, mean cosine of logits {cosine:f4}");
        Assert.IsGreaterThan(0.99, cosine);
        Assert.IsGreaterThanOrEqualTo(sequences.Length - 2, equal);
    }

    [TestMethod]
    public void A_classifier_keeps_its_labels()
    {
        var mlContext = new MLContext(seed: 1);
        Review[] reviews = [.. s_sentences.Select((text, i) => new Review { Text = text, Category = i % 2 == 0 ? "good" : "bad" })];
        IDataView data = mlContext.Data.LoadFromEnumerable(reviews);
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(data).Transform(data);
        using BertTextClassificationTransformer classifier = mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options { Sentence1ColumnName = "Text", Epochs = 2, Seed = 1 }).Fit(keyed);
        IDataView scored = classifier.Transform(keyed);
        uint[] labels = [.. scored.GetColumn<uint>("PredictedLabel")];
        float[][] scores = [.. scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray())];
        foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
        {
            classifier.SaveOnnx(ModelPath, new OnnxExportOptions { Precision = precision });
            using var comparison = new OnnxComparison(ModelPath);
            Tokenizer tokenizer = EncoderModel.Default.Tokenizer;
            for (int i = 0; i < reviews.Length; i++)
            {
                float[] logits = comparison.Run("logits", [Encoded(tokenizer, reviews[i].Text)]);
                if (precision == OnnxPrecision.Float32)
                    Assert.AreEqual(scores[i][1] / scores[i][0], MathF.Exp(logits[1] - logits[0]), 1e-3f * scores[i][1] / scores[i][0]);
                if (Math.Abs(scores[i][0] - scores[i][1]) > 0.2)
                    Assert.AreEqual(labels[i], (uint)Greatest(logits) + 1, $"{precision}: {reviews[i].Text}");
            }
        }
        CollectionAssert.Contains(
            ModelProto.Parser.ParseFrom(File.ReadAllBytes(ModelPath)).MetadataProps.Select(property => property.Value).ToArray(),
            "[\"good\",\"bad\"]");
    }

    [TestMethod]
    public void Linear_layers_are_integers_and_a_tied_table_is_stored_once()
    {
        EncoderConfiguration configuration = RandomModels.Configuration(EncoderFamily.Bert, new Random(1), width: 64);
        configuration = configuration with { VocabularySize = 2000, Head = configuration.Head with { IsTied = true } };
        using EncoderWithHead model = RandomModels.Create(EncoderFamily.Bert, configuration, null, seed: 1);
        OnnxModels.Save(model, ModelPath, new OnnxExportOptions { Precision = OnnxPrecision.Int8 });
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(ModelPath));
        TensorProto[] integers =
            [.. file.Graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Int8 && tensor.Dims.Count == 2)];
        Assert.HasCount(1 + 4 * configuration.Layers, integers);
        Assert.AreEqual(4 * configuration.Layers + 1, file.Graph.Node.Count(node => node.OpType == "MatMulInteger"));
        foreach (TensorProto tensor in integers)
            Assert.IsTrue(tensor.RawData.All(value => Math.Abs((int)(sbyte)value) <= 63), tensor.Name);

        int[][] sequences = RandomModels.Sequences(configuration, new Random(1), 9);
        using var comparison = new OnnxComparison(ModelPath);
        double difference = OnnxComparison.Difference(
            OnnxComparison.Compute(model, sequences, null, model.Forward), comparison.Run("logits", sequences));
        TestContext.WriteLine($"{difference:g2}");
        Assert.IsLessThan(0.1, difference);
    }

    [TestMethod]
    public void A_quantized_model_is_saved_with_its_rounded_weights()
    {
        EncoderConfiguration configuration = RandomModels.Configuration(EncoderFamily.Bert, new Random(1));
        using EncoderWithHead model = RandomModels.Create(EncoderFamily.Bert, configuration, null, seed: 1);
        int[][] sequences = RandomModels.Sequences(configuration, new Random(1), 9);
        float[] before = OnnxComparison.Compute(model, sequences, null, model.Forward);
        model.PrepareForInference();
        model.Quantize();
        OnnxModels.Save(model, ModelPath);
        using var comparison = new OnnxComparison(ModelPath);
        float[] saved = comparison.Run("logits", sequences);
        Assert.IsGreaterThan(1e-4, OnnxComparison.Difference(before, saved));
        model.PrepareForTraining(); // the rounded weights as floats
        Assert.IsLessThan(2e-5, OnnxComparison.Difference(OnnxComparison.Compute(model, sequences, null, model.Forward), saved));
    }

    private static readonly string[] s_sentences =
    [
        "It was a fine morning, and the sun shone upon the water.", "He looked at her and said nothing at all.",
        "The old house stood at the end of the road.", "She had never been so unhappy in her life.",
        "They walked together through the garden until evening.", "I do not know what you mean, said the captain.",
        "The children were playing in the street before the church.", "There was a long silence, and then she began to cry.",
        "My dear friend, I am very glad to see you again.", "The horse was tired, and the night was dark and cold.",
        "He took the letter out of his pocket and read it twice.", "Nobody believed a word of the story that he told.",
        "The ship came slowly into the harbour with the tide.", "It was the worst dinner that he had ever eaten.",
        "She laughed, and gave him her hand at the door.", "The door was shut, and nobody answered when he knocked.",
    ];

    private static int[] Encoded(Tokenizer tokenizer, string text)
    {
        var tokens = new TokenList();
        tokenizer.Encode(text, tokens);
        return [tokenizer.BeginToken, .. tokens.Ids, tokenizer.EndToken];
    }

    /// <summary>A sentence whose middle token is masked.</summary>
    private static int[] Masked(Tokenizer tokenizer, string text)
    {
        int[] tokens = Encoded(tokenizer, text);
        tokens[tokens.Length / 2] = tokenizer.MaskToken;
        return tokens;
    }

    private static int Greatest(ReadOnlySpan<float> values) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);

    private sealed class Review
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";
    }
}
