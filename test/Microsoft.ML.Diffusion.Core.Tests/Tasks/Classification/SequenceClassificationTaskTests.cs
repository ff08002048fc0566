using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tests.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Toy tasks on tiny models: they are learned, by every kind of head, and the same by any number of threads.</summary>
[TestClass]
public sealed class SequenceClassificationTaskTests
{
    private static readonly FakeTokenizer s_tokenizer = new();

    [TestMethod]
    [DataRow("bert", TextPooling.First)]
    [DataRow("roberta", TextPooling.Mean)]
    [DataRow("modernbert", TextPooling.Mean)]
    [DataRow("distilbert", TextPooling.First)]
    [DataRow("electra", TextPooling.First)]
    [DataRow("albert", TextPooling.First)]
    public void Classes_of_texts_are_learned(string family, TextPooling pooling)
    {
        // Which of three letters a text has more of.
        (string, string?, float[])[] rows =
            [.. Enumerable.Range(0, 120).Select(i => (Mixed(i, i % 3), (string?)null, new[] { (float)(i % 3) }))];
        using Engine engine = CpuEngine.Create(1);
        (Evaluation measured, _) = Learn(engine, family, pooling, 3, new SingleLabelProblem(3), rows);
        Assert.IsGreaterThan(0.9, measured.Deciding.Value, measured.ToString());
    }

    [TestMethod]
    [DataRow("bert")]
    [DataRow("roberta")]
    [DataRow("modernbert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    public void Pairs_are_read_together(string family)
    {
        // Whether both texts are of the same letter: neither says it alone.
        (string, string?, float[])[] rows = [.. Enumerable.Range(0, 160).Select(i =>
        {
            int a = i % 2, b = i / 2 % 2;
            return (new string((char)('a' + a), 1 + i % 4), (string?)new string((char)('a' + b), 1 + i / 4 % 4), new[] { a == b ? 1f : 0 });
        })];
        using Engine engine = CpuEngine.Create(1);
        (Evaluation measured, _) = Learn(engine, family, TextPooling.Mean, 2, new SingleLabelProblem(2), rows, epochs: 40);
        Assert.IsGreaterThan(0.9, measured.Deciding.Value, measured.ToString());
    }

    [TestMethod]
    public void Labels_are_learned_each_for_itself()
    {
        (string, string?, float[])[] rows = [.. Enumerable.Range(0, 160).Select(i =>
        {
            int set = i % 8;
            string text = string.Concat(Enumerable.Range(0, 3).Where(label => (set >> label & 1) != 0)
                .Select(label => new string((char)('a' + label), 2)));
            return (text + "zz", (string?)null, new float[] { set & 1, set >> 1 & 1, set >> 2 & 1 });
        })];
        using Engine engine = CpuEngine.Create(1);
        (Evaluation measured, _) = Learn(engine, "roberta", TextPooling.Mean, 3, new MultiLabelProblem(3), rows);
        Assert.IsGreaterThan(0.95, measured.Deciding.Value, measured.ToString());
    }

    [TestMethod]
    public void Numbers_are_learned_whatever_their_unit_and_the_head_says_them_itself_in_the_end()
    {
        // A thousand and ten for each 'a'.
        (string, string?, float[])[] rows =
            [.. Enumerable.Range(0, 120)
                .Select(i => (new string('a', i % 6) + new string('b', 6 - i % 6), (string?)null, new[] { 1000f + 10 * (i % 6) }))];
        using Engine engine = CpuEngine.Create(1);
        var problem = new RegressionProblem([.. rows.Select(row => row.Item3[0])]);
        using TaskModel model = Model(engine, "bert", 1, problem, TextPooling.Mean);
        SequenceExamples examples = Examples(model, 1, rows);
        (Evaluation measured, _) = Learn(model, problem, examples, epochs: 30);
        Assert.IsLessThan(4, measured.Deciding.Value, measured.ToString());

        float[] before = Predict(model, problem, examples);
        problem.FoldInto(model);
        model.PrepareForInference();
        using var predictor = new SequencePredictor(model);
        float[] after = predictor.Predict(examples.Texts);
        for (int i = 0; i < before.Length; i++)
            Assert.AreEqual(before[i], after[i], 1e-2f);

        // A head that says the number itself is taken up where it is, whatever the mean and deviation of the new targets.
        var other = new RegressionProblem([500, 800]);
        model.PrepareForTraining();
        other.UnfoldFrom(model);
        float[] again = Predict(model, other, examples);
        for (int i = 0; i < before.Length; i++)
            Assert.AreEqual(before[i], again[i], 1e-2f);
    }

    [TestMethod]
    public void The_same_training_comes_to_the_same_weights_on_any_number_of_threads_and_scores_do_not_depend_on_the_batch()
    {
        (string, string?, float[])[] rows =
            [.. Enumerable.Range(0, 60).Select(i => (Mixed(i, i % 3), (string?)null, new[] { (float)(i % 3) }))];
        Dictionary<string, float[]>? first = null;
        foreach (int threads in new[] { 1, 2 })
        {
            using Engine engine = CpuEngine.Create(threads);
            var problem = new SingleLabelProblem(3, labelSmoothing: 0.1);
            using TaskModel model = Model(engine, "roberta", 3, problem, TextPooling.Mean);
            SequenceExamples examples = Examples(model, 1, rows);
            Learn(model, problem, examples, epochs: 2);
            Dictionary<string, float[]> weights = SmallModels.Weights(model);
            if (first is not null)
                TinyModels.AssertSameWeights(first, weights);
            first = weights;

            float[] together = Predict(model, problem, examples);
            for (int i = 0; i < examples.Count; i++)
            {
                var alone = new SequenceExamples(new TextSequences(s_tokenizer, model.Family, model.Configuration), 1);
                alone.Add(rows[i].Item1, null, 0);
                Comparison.AssertSameBits(together.AsSpan(i * 3, 3), Predict(model, problem, alone), $"text {i}");
            }
        }
    }

    [TestMethod]
    public void What_does_not_belong_together_is_refused()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model(engine, "bert", 3, new SingleLabelProblem(3), TextPooling.Mean);
        SequenceExamples examples = Examples(model, 1, [("a", null, [0])]);
        StringAssert.Contains(Assert.Throws<ArgumentException>(
            () => new SequenceClassificationTask(model, new SingleLabelProblem(3), examples)).Message, "PrepareForTraining");
        model.PrepareForTraining();
        Assert.Throws<ArgumentException>(() => new SequenceClassificationTask(model, new MultiLabelProblem(3), examples));
        Assert.Throws<ArgumentException>(() => new SequenceClassificationTask(model, new SingleLabelProblem(3),
            Examples(model, 3, [("a", null, [0, 1, 0])])));
        Assert.Throws<ArgumentException>(() => examples.Add("a", null, 1, 2));
    }

    /// <summary>Six letters of a, b and c in some order, of which one comes four times.</summary>
    private static string Mixed(int seed, int most)
    {
        char[] letters = [.. Enumerable.Repeat((char)('a' + most), 4), (char)('a' + (most + 1) % 3), (char)('a' + (most + 2) % 3)];
        for (int i = letters.Length - 1; i > 0; i--)
        {
            int j = (int)(Philox.Uniform(7, (ulong)seed, (ulong)i) * (i + 1));
            (letters[i], letters[j]) = (letters[j], letters[i]);
        }
        return new string(letters);
    }

    private static (Evaluation, TrainingReport) Learn(
        Engine engine, string family, TextPooling pooling, int outputs, SequenceProblem problem, (string, string?, float[])[] rows,
        double epochs = 15)
    {
        using TaskModel model = Model(engine, family, outputs, problem, pooling);
        return Learn(model, problem, Examples(model, problem.TargetSize(outputs), rows), epochs);
    }

    private static (Evaluation, TrainingReport) Learn(TaskModel model, SequenceProblem problem, SequenceExamples examples, double epochs)
    {
        model.PrepareForTraining();
        var task = new SequenceClassificationTask(model, problem, examples, validation: examples);
        TrainingReport report = Trainer.Run(
            model.Engine, task, new TrainingOptions
            {
                Epochs = epochs, BatchTokens = 128, LearningRate = 0.01, WarmUp = 0.1, Seed = 3, ValidationInterval = int.MaxValue
            });
        return (task.Evaluate(default)!, report);
    }

    private static TaskModel Model(Engine engine, string family, int outputs, SequenceProblem problem, TextPooling pooling)
    {
        using MaskedLanguageModel start = MaskedLanguageModel.Initialize(
            SmallModels.Family(family), SmallModels.Configuration(family, FakeTokenizer.Size, maxLength: 20, width: 16)
                .WithDropout(0) with { InitializerRange = 0.2 }, engine, 1);
        return EncoderCheckpoint.LoadForTask(
            TinyModels.Files(TinyModels.Save(start)),
            new TaskConfiguration(TaskKind.SequenceClassification, [.. Enumerable.Range(0, outputs).Select(i => $"l{i}")], problem.Name),
            engine, 1, pooling);
    }

    private static SequenceExamples Examples(TaskModel model, int targetSize, (string, string?, float[])[] rows)
    {
        var examples = new SequenceExamples(new TextSequences(s_tokenizer, model.Family, model.Configuration), targetSize);
        foreach ((string first, string? second, float[] target) in rows)
            examples.Add(first, second, target);
        return examples;
    }

    private static float[] Predict(TaskModel model, SequenceProblem problem, SequenceExamples examples)
    {
        using var predictor = new SequencePredictor(model, problem);
        return predictor.Predict(examples.Texts);
    }
}
