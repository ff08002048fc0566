using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>Every component in an ordinary pipeline: trained on one engine it gives on the other what it gives there.</summary>
[TestClass]
public sealed partial class PipelineTests
{
    private static readonly IReadOnlyList<string> s_names =
        [.. SavedModels.Pipelines.Keys.Where(name => !name.EndsWith("-quantized", StringComparison.Ordinal))];

    public static IEnumerable<object[]> Names => s_names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_model_gives_on_either_engine_what_it_gives_on_the_other(string name)
    {
        using var directory = new TemporaryDirectory();
        MLContext cpu = new(seed: 1), torch = Contexts.Create(seed: 1);
        foreach ((MLContext from, MLContext to) in new[] { (cpu, torch), (torch, cpu) })
        {
            string path = directory["model.zip"];
            SortedDictionary<string, string[]> trained = SavedModels.Make(from, name, path);
            string direction = from == cpu ? "from the CPU engine to torch" : "from torch to the CPU engine";
            AssertSame(trained, Outputs(from, path), 0, $"{name}, loaded where it was trained");
            AssertSame(trained, Outputs(to, path), 1e-4, $"{name}, {direction}");
        }
    }

    [TestMethod]
    public void Every_model_gives_the_same_in_a_fresh_process()
    {
        using var directory = new TemporaryDirectory();
        var expected = s_names.ToDictionary(name => name,
            name => SavedModels.Make(Contexts.Create(seed: 1), name, directory[name + ".zip"]));
        Dictionary<string, SortedDictionary<string, string[]>> actual = FreshProcess.Outputs(directory.Path);
        CollectionAssert.AreEquivalent(s_names.ToArray(), actual.Keys.ToArray());
        foreach (string name in s_names)
            AssertSame(expected[name], actual[name], 0, name);
    }

    [TestMethod]
    public void Both_engines_measure_the_same()
    {
        MLContext cpu = new(seed: 1), torch = Contexts.Create(seed: 1);
        using var directory = new TemporaryDirectory();
        Check("classification", (context, scored) => context.MulticlassClassification.Evaluate(scored).LogLoss);
        Check("similarity", (context, scored) => context.Regression.Evaluate(scored, "Value").RootMeanSquaredError);
        Check("questions", (context, scored) => context.MulticlassClassification.EvaluateQuestionAnswering(
            scored, answersColumnName: "TrainingAnswer").Overall.F1);
        Check("entities", (context, scored) => context.MulticlassClassification.EvaluateNamedEntities(
            scored, labelColumnName: "Entities").Overall.F1);
        var options = new WritingEvaluationOptions { Model = TinyModel.Model };
        Assert.AreEqual(Writing(cpu), Writing(torch), 1e-4 * Writing(cpu));

        void Check(string name, Func<MLContext, IDataView, double> measure)
        {
            string path = directory[name + ".zip"];
            SavedModels.Make(torch, name, path);
            double[] measured = [.. new[] { cpu, torch }.Select(context =>
                measure(context, context.Model.Load(path, out _).Transform(Rows(context))))];
            Assert.AreEqual(measured[0], measured[1], 1e-4, name);
        }

        double Writing(MLContext context) =>
            context.Transforms.Text.EvaluateWriting(Rows(context), "Text", options).Judged!.BitsPerWord.Bits;
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        MLContext torch = Contexts.Create(seed: 1);
        IDataView rows = Rows(torch);
        ITransformer questions = SavedModels.Pipelines["questions"](torch).Fit(rows), entities =
            SavedModels.Pipelines["entities"](torch).Fit(rows);
        Answer[] answers = Read<Answer>(questions);
        Entities[] labels = Read<Entities>(entities);
        using PredictionEngine<SavedModelRow, Answer> answering = torch.Model.CreatePredictionEngine<SavedModelRow, Answer>(questions);
        using PredictionEngine<SavedModelRow, Entities> labeling = torch.Model.CreatePredictionEngine<SavedModelRow, Entities>(entities);
        for (int i = 0; i < SavedModelRow.Rows.Length; i++)
        {
            Answer answer = answering.Predict(SavedModelRow.Rows[i]);
            Contexts.AssertSameInAnyBatch(answers[i].Score, answer.Score);
            CollectionAssert.AreEqual(labels[i].PredictedLabel, labeling.Predict(SavedModelRow.Rows[i]).PredictedLabel);
        }

        T[] Read<T>(ITransformer model) where T : class, new() =>
            [.. torch.Data.CreateEnumerable<T>(model.Transform(rows), reuseRowObject: false, ignoreMissingColumns: true)];
    }

    [TestMethod]
    public void An_8_bit_model_is_refused_by_name()
    {
        MLContext torch = Contexts.Create(seed: 1);
        foreach (string name in new[] { "generate-quantized", "classification-quantized" })
        {
            Exception refused = Assert.Throws<Exception>(() => SavedModels.Pipelines[name](torch).Fit(Rows(torch)));
            StringAssert.Contains(refused.ToString(), "The model computes with 8-bit integers, and ");
        }
    }

    private static IDataView Rows(MLContext context) => context.Data.LoadFromEnumerable(SavedModelRow.Rows);

    private static SortedDictionary<string, string[]> Outputs(MLContext context, string path)
    {
        ITransformer model = context.Model.Load(path, out _);
        SortedDictionary<string, string[]> outputs = SavedModels.Outputs(context, model);
        (model as IDisposable)?.Dispose();
        return outputs;
    }

    /// <summary>Fails where numbers differ by more than a tolerance, relative above 1, or anything else differs.</summary>
    private static void AssertSame(SortedDictionary<string, string[]> expected, SortedDictionary<string, string[]> actual,
        double tolerance, string what)
    {
        CollectionAssert.AreEqual(expected.Keys, actual.Keys, what);
        foreach ((string column, string[] values) in expected)
        {
            Assert.HasCount(values.Length, actual[column], $"{what}: {column}");
            for (int i = 0; i < values.Length; i++)
            {
                string row = $"{what}: {column}, row {i - 1}", wanted = values[i], found = actual[column][i];
                Assert.AreEqual(Number.Replace(wanted, "#"), Number.Replace(found, "#"), row);
                foreach ((Match a, Match b) in Number.Matches(wanted).Zip(Number.Matches(found)))
                {
                    double number = double.Parse(a.ValueSpan, CultureInfo.InvariantCulture);
                    Assert.AreEqual(number, double.Parse(b.ValueSpan, CultureInfo.InvariantCulture),
                        tolerance * Math.Max(1, Math.Abs(number)), row);
                }
            }
        }
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number { get; }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Entities
    {
        public uint[] PredictedLabel { get; set; } = [];
    }
}
