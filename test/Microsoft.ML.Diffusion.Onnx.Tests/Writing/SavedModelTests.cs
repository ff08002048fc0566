using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>Every head of six families, written and run by ONNX Runtime, against this library's own results.</summary>
[TestClass]
public sealed class SavedModelTests
{
    private const double Tolerance = 2e-5, HalfTolerance = 2e-2;

    private readonly string _directory = Directory.CreateTempSubdirectory("saved-onnx").FullName;

    public TestContext TestContext { get; set; } = null!;

    [TestCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    public static IEnumerable<object[]> FamiliesAndHeads =>
        from family in RandomModels.Families.Index()
        from head in RandomModels.Heads.Index()
        let task = head.Item?.Problem ?? head.Item?.Kind.ToString() ?? "words"
        select new object[] { family.Item.ModelType, family.Index, task, head.Index };

    [TestMethod]
    [DynamicData(nameof(FamiliesAndHeads))]
    public void Logits_are_this_library_s(string name, int familyIndex, string task, int headIndex)
    {
        EncoderFamily family = RandomModels.Families[familyIndex];
        int seed = 100 * familyIndex + headIndex;
        var random = new Random(seed);
        using EncoderWithHead model = RandomModels.Create(
            family, RandomModels.Configuration(family, random, maxLength: 512), RandomModels.Heads[headIndex], seed);
        bool isOnDiagonal = headIndex == familyIndex; // the rest of the same is in eng/onnx/roundtrip
        foreach ((OnnxPrecision precision, double tolerance) in new[]
            { (OnnxPrecision.Float32, Tolerance), (OnnxPrecision.Float16, HalfTolerance) })
        {
            if (precision == OnnxPrecision.Float16 && !isOnDiagonal)
                continue;
            string path = Path.Combine(_directory, $"{precision}.onnx");
            OnnxModels.Save(model, path, new OnnxExportOptions { Precision = precision });
            using var comparison = new OnnxComparison(path);
            double worst = LogitDifference(comparison, model, random, [1], [isOnDiagonal ? 512 : 50], [5, 1, 40, 33, 2, 19, 7]);
            TestContext.WriteLine($"{name}, {task}, {precision}: {worst:g2}");
            Assert.IsLessThan(tolerance, worst);
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    public void Embeddings_are_this_library_s(int familyIndex)
    {
        EncoderFamily family = RandomModels.Families[familyIndex];
        var random = new Random(familyIndex);
        using EncoderWithHead model = RandomModels.Create(family, RandomModels.Configuration(family, random), null, familyIndex);
        int[][] sequences = RandomModels.Sequences(model.Configuration, random, 5, 1, model.Configuration.MaxLength, 3, 2, 8, 7);
        int[][]? types = Types(model, random, sequences);
        foreach ((OnnxOutput output, bool normalize, int opset) in new[]
        {
            (OnnxOutput.HiddenStates, false, 17), (OnnxOutput.MeanEmbedding, false, 17), (OnnxOutput.MeanEmbedding, true, 21),
            (OnnxOutput.FirstTokenEmbedding, true, 18),
        })
        {
            string path = Path.Combine(_directory, "embedding.onnx");
            OnnxModels.Save(model, path,
                new OnnxExportOptions { Output = output, NormalizeEmbedding = normalize, OpsetVersion = opset });
            using var comparison = new OnnxComparison(path);
            float[] hidden = OnnxComparison.Compute(model, sequences, types, model.Encoder.Forward);
            Assert.IsLessThan(Tolerance, OnnxComparison.Difference(hidden, comparison.Run("last_hidden_state", sequences, types)));
            if (output == OnnxOutput.HiddenStates)
                continue;
            float[] expected = OnnxComparison.Compute(model, sequences, types, (pass, batch, given) =>
            {
                Tensor rows = model.Encoder.Forward(pass, batch, given);
                Sequences bounds = pass.SequencesOf(batch.Bounds);
                return output == OnnxOutput.MeanEmbedding ? pass.MeanRows(rows, bounds) : pass.FirstRows(rows, bounds);
            });
            if (normalize)
                expected = Normalized(expected, model.Configuration.HiddenSize);
            Assert.IsLessThan(Tolerance, OnnxComparison.Difference(expected, comparison.Run("sentence_embedding", sequences, types)));
        }
    }

    [TestMethod]
    public void The_embedded_model_is_this_library_s()
    {
        string path = Path.Combine(_directory, "model.onnx");
        EncoderModel.Default.SaveOnnx(path);
        using MaskedLanguageModel model = EncoderModel.Default.LoadMaskedLanguageModel(CpuEngine.Shared);
        using var comparison = new OnnxComparison(path);
        var random = new Random(1);
        double worst = LogitDifference(comparison, model, random, [1], [5, 1, model.Configuration.MaxLength, 33, 2, 60, 7]);
        TestContext.WriteLine($"{worst:g2}");
        Assert.IsLessThan(Tolerance, worst);
    }

    /// <summary>A comparison that did not see a fault would say nothing.</summary>
    [TestMethod]
    public void A_wrong_weight_or_an_ignored_mask_is_seen()
    {
        var random = new Random(3);
        EncoderFamily family = EncoderFamily.Bert;
        using EncoderWithHead model = RandomModels.Create(family, RandomModels.Configuration(family, random), null, seed: 3);
        string path = Path.Combine(_directory, "model.onnx");
        OnnxModels.Save(model, path, new OnnxExportOptions { Output = OnnxOutput.HiddenStates });
        using var comparison = new OnnxComparison(path);
        int[][] sequences = RandomModels.Sequences(model.Configuration, random, 3, 7);
        float[] expected = OnnxComparison.Compute(model, sequences, null, model.Encoder.Forward);
        float[] actual = comparison.Run("last_hidden_state", sequences);
        Assert.IsLessThan(Tolerance, OnnxComparison.Difference(expected, actual));

        // As if padding were seen: the first sequence ends in four padding tokens.
        int[][] padded = [[.. sequences[0], 0, 0, 0, 0], sequences[1]];
        float[] unmasked = comparison.Run("last_hidden_state", padded);
        int ours = sequences[0].Length * model.Configuration.HiddenSize;
        Assert.IsGreaterThan(100 * Tolerance, OnnxComparison.Difference(expected.AsSpan(0, ours), unmasked.AsSpan(0, ours)));

        // As if a scale were wrong in the thousandths.
        Parameter norm = model.Parameters.All.First(parameter => parameter.Role == ParameterRole.Norm);
        float[] values = new float[norm.Length];
        model.Engine.Read(norm, 0, values);
        model.Engine.Write(norm, 0, Array.ConvertAll(values, value => value * 1.002f));
        OnnxModels.Save(model, path, new OnnxExportOptions { Output = OnnxOutput.HiddenStates });
        using var changed = new OnnxComparison(path);
        Assert.IsGreaterThan(10 * Tolerance, OnnxComparison.Difference(expected, changed.Run("last_hidden_state", sequences)));
    }

    /// <summary>Over several batches, each of sequences of the given lengths.</summary>
    private static double LogitDifference(OnnxComparison comparison, EncoderWithHead model, Random random, params int[][] batches)
    {
        var expected = new List<float>();
        var actual = new List<float>();
        foreach (int[] lengths in batches)
        {
            int[][] sequences = RandomModels.Sequences(model.Configuration, random, lengths);
            int[][]? types = Types(model, random, sequences);
            float[] ours = OnnxComparison.Compute(model, sequences, types, model.Forward);
            if (model is TaskModel { Task.Kind: TaskKind.QuestionAnswering })
            {
                foreach ((int column, string output) in new[] { (0, "start_logits"), (1, "end_logits") })
                {
                    expected.AddRange(OnnxComparison.Column(ours, 2, column));
                    actual.AddRange(comparison.Run(output, sequences, types, model.Configuration.PadToken));
                }
                continue;
            }
            expected.AddRange(ours);
            actual.AddRange(comparison.Run("logits", sequences, types, model.Configuration.PadToken));
        }
        return OnnxComparison.Difference(expected.ToArray(), actual.ToArray());
    }

    private static int[][]? Types(EncoderWithHead model, Random random, int[][] sequences) =>
        model.Configuration.Embeddings.TokenTypes < 2 ? null
            : Array.ConvertAll(sequences, sequence => Array.ConvertAll(sequence, _ => random.Next(2)));

    private static float[] Normalized(float[] values, int width) =>
    [
        .. values.Chunk(width).SelectMany(row =>
        {
            float length = MathF.Sqrt(row.Sum(value => value * value));
            return row.Select(value => value / length);
        }),
    ];
}
