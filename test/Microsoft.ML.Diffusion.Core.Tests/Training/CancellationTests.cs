using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>A cancellation is seen within a run of the model, forward and backward, and leaves what it stops in order.</summary>
[TestClass]
public sealed class CancellationTests
{
    [TestMethod]
    public void A_run_of_the_model_is_given_up_and_the_next_is_sound()
    {
        var configuration = new EncoderConfiguration
        {
            VocabularySize = 50, HiddenSize = 16, Layers = 2, MaxLength = 16,
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 32 },
        };
        using MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, TestEngine.Shared, seed: 5);
        model.PrepareForInference();
        using var denoiser = new ModelDenoiser(model, 1);
        var batch = new RaggedTokens();
        batch.Append([3, 1, 4, 1, 5]);
        float[] expected = Predict(default);
        Assert.Throws<OperationCanceledException>(() => Predict(new CancellationToken(canceled: true)));
        CollectionAssert.AreEqual(expected, Predict(default));

        float[] Predict(CancellationToken cancellationToken)
        {
            float[] logits = [];
            denoiser.Predict(batch, [1, 3], (_, rows) => logits = rows.ToArray(), cancellationToken);
            return logits;
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_training_step_is_given_up_before_the_weights_change(bool afterTheLoss)
    {
        using var source = new CancellationTokenSource();
        using var task = new CancellingTask(source, afterTheLoss);
        var before = new float[task.Weight.Length];
        TestEngine.Shared.Read(task.Weight, 0, before);
        Assert.Throws<OperationCanceledException>(() => Trainer.Run(
            TestEngine.Shared, task, new TrainingOptions { Epochs = 100, LearningRate = .1 }, cancellationToken: source.Token));
        Assert.AreEqual(3, task.Steps);
        Assert.AreEqual(afterTheLoss, task.TookTheLoss);
        var after = new float[task.Weight.Length];
        TestEngine.Shared.Read(task.Weight, 0, after);
        CollectionAssert.AreNotEqual(before, after, "two steps were made");
        CollectionAssert.AreEqual(task.AtCancellation, after, "the third was not");
    }

    /// <summary>A linear layer that cancels in the forward pass of its third step.</summary>
    private sealed class CancellingTask : TrainingTask, IDisposable
    {
        private readonly CancellationTokenSource _source;
        private readonly bool _afterTheLoss;

        public CancellingTask(CancellationTokenSource source, bool afterTheLoss)
        {
            (_source, _afterTheLoss) = (source, afterTheLoss);
            Weight = Parameters.Add(new Parameter("weight", 4, 4));
            Decoder = Parameters.Add(new Parameter("decoder", 3, 4));
            foreach (Parameter parameter in Parameters.All)
            {
                parameter.Value = TestEngine.Shared.CreateBuffer(parameter.Length);
                parameter.Gradient = TestEngine.Shared.CreateBuffer(parameter.Length);
                parameter.FirstMoment = TestEngine.Shared.CreateBuffer(parameter.Length);
                parameter.SecondMoment = TestEngine.Shared.CreateBuffer(parameter.Length);
                TestEngine.Shared.Write(parameter.Value, 0, [.. Enumerable.Range(0, (int)parameter.Length).Select(i => MathF.Sin(i))]);
            }
        }

        public override ParameterSet Parameters { get; } = new();

        public Parameter Weight { get; }

        public int Steps { get; private set; }

        public bool TookTheLoss { get; private set; }

        public float[] AtCancellation { get; private set; } = [];

        public override int Count => 1;

        private Parameter Decoder { get; }

        public override int Length(int example) => 1;

        internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
        {
            TookTheLoss = false;
            bool last = ++Steps == 3;
            if (last)
                TestEngine.Shared.Read(Weight, 0, AtCancellation = new float[Weight.Length]);
            Tensor x = pass.Write(1, 4, [1, 2, 3, 4]);
            if (last && !_afterTheLoss)
                _source.Cancel();
            Loss loss = pass.LinearCrossEntropy(pass.Linear(x, Weight, null), Decoder, null, [1], [1]);
            TookTheLoss = true;
            if (last)
                _source.Cancel();
            return new BatchLoss(0, 1) { OnDevice = loss };
        }

        public void Dispose() => Parameters.Dispose();
    }
}
