using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.BenchTorch;
using Microsoft.ML.Diffusion.Compute;
using TorchSharp;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>
/// Every tensor is freed by its owner: the number of live ones, which is of the whole process, is the same after a piece of work as before.
/// A sample of <c>bench-torch memory</c>.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class TensorCountTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestInitialize]
    public void Collect()
    {
        // Tensors of other tests that their finalizers free would hide what grows here.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [TestMethod]
    public void Training_and_predicting_leave_no_tensor()
    {
        MemoryGrowth.Train(_mlContext, 1, (_, _) => { }).Dispose(); // what is made once for the process
        long before = torch.Tensor.TotalCount;
        var counts = new List<long>();
        using (BertTextClassificationTransformer model = MemoryGrowth.Train(_mlContext, 24, (_, tensors) => counts.Add(tensors)))
        {
            Assert.HasCount(24, counts);
            Assert.IsLessThanOrEqualTo(counts.Take(8).Max(), counts.Skip(8).Max(), string.Join(' ', counts));
            counts.Clear();
            MemoryGrowth.Predict(_mlContext, model, 192, (_, tensors) => counts.Add(tensors));
            // The texts repeat after 64, and what stays of a prediction depends on its text.
            CollectionAssert.AreEqual(counts[64..128], counts[128..]);
            Assert.IsGreaterThan(before, counts[^1], "the model's own tensors count");
        }
        Collect(); // ML.NET's prediction engine does not dispose what computes its rows
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void What_is_made_in_a_scope_of_the_users_outlives_it()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(MemoryGrowth.Texts(6));
        BertTextClassificationTransformer model;
        float[][] expected;
        Engine engine;
        double[] losses;
        using (torch.NewDisposeScope())
        {
            model = MemoryGrowth.Train(_mlContext, 3, (_, _) => { });
            expected = Scores();
            engine = TestEngine.Create();
            losses = TrainingDrift.Losses(engine, 2, batchTokens: 64);
        }
        float[][] scores = Scores();
        for (int i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], scores[i]);
        CollectionAssert.AreEqual(losses, TrainingDrift.Losses(engine, 2, batchTokens: 64));
        model.Dispose();
        engine.Dispose();

        float[][] Scores() => [.. model.Transform(rows).GetColumn<float[]>("Score")];
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_training_that_is_canceled_or_fails_leaves_no_tensor(bool isCanceled)
    {
        MemoryGrowth.Train(_mlContext, 1, (_, _) => { }).Dispose();
        long before = torch.Tensor.TotalCount;
        using var source = new CancellationTokenSource();
        Action train = () => MemoryGrowth.Train(_mlContext, 24, (step, tensors) =>
        {
            Assert.IsGreaterThan(before, tensors);
            if (step < 3)
                return;
            Assert.AreEqual(3, step, "no step was made after the cancellation");
            if (!isCanceled)
                throw new InvalidDataException("of the user's own");
            source.Cancel();
        }, source.Token);
        if (isCanceled)
            Assert.Throws<OperationCanceledException>(train);
        else
            Assert.Throws<InvalidDataException>(train);
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Writing_that_is_canceled_or_fails_leaves_no_tensor(bool isCanceled)
    {
        IDataView none = _mlContext.Data.LoadFromEnumerable(Array.Empty<MemoryGrowth.Text>());
        var options = new DiffusionGenerateEstimator.Options { Steps = 8, MaxNewTokens = 8, Seed = 1 };
        long before = 0;
        for (int attempt = 0; attempt < 2; attempt++) // what the first makes once for the process stays
        {
            before = torch.Tensor.TotalCount;
            using var source = new CancellationTokenSource();
            using DiffusionGenerateTransformer writer =
                _mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(MemoryGrowth.Text.Sentence1), options).Fit(none);
            var observer = new AtStep(3, isCanceled ? source.Cancel : () => throw new InvalidDataException("of the user's own"));
            Action write = () => writer.Generate(["a day", "a night"], observer, source.Token);
            if (isCanceled)
                Assert.Throws<OperationCanceledException>(write);
            else
                Assert.Throws<InvalidDataException>(write);
            Assert.HasCount(2, writer.Generate(["a day", "a night"]), "it goes on");
        }
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    /// <summary>A primitive that refuses its arguments, in the middle of a pass.</summary>
    [TestMethod]
    public void A_pass_that_fails_leaves_no_tensor()
    {
        using Engine engine = TestEngine.Create();
        long before = torch.Tensor.TotalCount;
        using (var matrix = new Parameter("matrix", 4, 4))
        {
            engine.CreateValues(matrix);
            using Pass pass = Pass.ForInference(engine);
            pass.Begin();
            Tensor x = pass.Embed(matrix, [0, 1, 2]);
            Assert.Throws<ArgumentException>(() => pass.Gather(x, [0, 3]));
            Assert.IsGreaterThan(before, torch.Tensor.TotalCount);
        }
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    private sealed class AtStep(int step, Action action) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            if (completedSteps == step)
                action();
        }
    }
}
