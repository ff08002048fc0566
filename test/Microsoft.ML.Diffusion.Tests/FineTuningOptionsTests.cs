using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class FineTuningOptionsTests
{
    /// <summary>Every option that the loop has too is carried to it.</summary>
    [TestMethod]
    public void What_a_user_sets_is_what_the_loop_gets()
    {
        var changed = new Changed();
        TrainingOptions training = changed.ToTrainingOptions((IExceptionContext)new MLContext(), seed: -1), defaults = new();
        Assert.AreEqual(uint.MaxValue, training.Seed);
        string[] carried = [.. typeof(TrainingOptions).GetProperties().Select(property => property.Name).Where(name => name != "Seed" && typeof(FineTuningOptions).GetProperty(name) is not null)];
        Assert.HasCount(23, carried);
        foreach (string name in carried)
        {
            object? wanted = typeof(FineTuningOptions).GetProperty(name)!.GetValue(changed);
            Assert.AreEqual(wanted, typeof(TrainingOptions).GetProperty(name)!.GetValue(training), name);
            Assert.AreNotEqual(wanted, typeof(TrainingOptions).GetProperty(name)!.GetValue(defaults), $"{name} is at its default, which shows nothing");
        }
    }

    [TestMethod]
    public void Bad_options_are_refused_by_name()
    {
        Refused(options => options.BatchSize = -1, "BatchSize");
        Refused(options => options.ValidationFraction = 1, "ValidationFraction");
        Refused(options => (options.ValidationFraction, options.ValidationSet) = (.1, new MLContext().Data.LoadFromEnumerable(new[] { new Row() })), "ValidationSet");

        static void Refused(Action<FineTuningOptions> change, string named)
        {
            var options = new Changed();
            change(options);
            StringAssert.Contains(Assert.Throws<Exception>(() => options.ToTrainingOptions((IExceptionContext)new MLContext(), 1)).Message, named);
        }
    }

    private sealed class Changed : FineTuningOptions
    {
        public Changed()
        {
            (Epochs, BatchSize, BatchTokens, AccumulationSteps, LearningRate, WarmUp, Decay) = (2, 5, 77, 3, 1e-3, .3, RateDecay.Cosine);
            (WeightDecay, ClipNorm, GoogleBert, Dropout, LayerDecay, FreezeEmbeddings, FrozenLayers) = (.2, 5, true, false, .9, true, 1);
            (ReinitialisedLayers, AveragingDecay, ValidationInterval, KeepBest, Patience, MinImprovement) = (2, .99, 9, false, 4, .5);
            (CheckpointDirectory, CheckpointInterval, ProgressInterval) = ("there", 11, 13);
        }
    }

    private sealed class Row
    {
        public string? Text { get; set; }
    }
}
