using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

[TestClass]
public sealed class MaskedDiffusionTaskTests
{
    private static readonly MaskingOptions s_options = new() { MinTime = .3, Seed = 3 };

    /// <summary>The loss is linear in ε, and changes with it; a plain objective takes no notice of it at 0.</summary>
    [TestMethod]
    public void Label_smoothing_reaches_the_loss()
    {
        double none = Loss(s_options), some = Loss(s_options with { LabelSmoothing = .1 }), more = Loss(s_options with { LabelSmoothing = .3 });
        Assert.IsGreaterThan(1e-3, Math.Abs(some - none));
        Assert.AreEqual(3 * (some - none), more - none, 1e-4 * Math.Abs(none));
    }

    /// <summary>A training that goes on with another masking is another training: each option that changes a draw or a weight tells.</summary>
    [TestMethod]
    public void A_fingerprint_tells_maskings_apart()
    {
        TokenHistogram one = new(FakeTokenizer.Size), other = new(FakeTokenizer.Size);
        one.Add(20, 5);
        other.Add(21, 5);
        MaskingOptions[] options =
        [
            s_options, s_options with { Steps = 4 }, s_options with { LabelSmoothing = .1 }, s_options with { PrefixShare = .1 }, s_options with { RandomLengthShare = .01 },
            s_options with { TokenWeight = token => token }, s_options with { TokenWeight = token => token + 1 }, s_options with { Weighting = LossWeighting.Uniform },
            s_options with { Schedule = MaskSchedule.Cosine }, s_options with { Schedule = MaskSchedule.Spindle(.1, one) }, s_options with { Schedule = MaskSchedule.Spindle(.1, other) },
            s_options with { Schedule = MaskSchedule.Custom(t => 1 - t, _ => -1) }, s_options with { Schedule = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t) },
        ];
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        string[] fingerprints = [.. options.Select(option => string.Join(';', Fingerprint.Of(engine, Task(model, option), new TrainingOptions()).Parts))];
        Assert.HasCount(options.Length, fingerprints.Distinct().ToArray());
        Assert.AreEqual(fingerprints[^1], string.Join(';', Fingerprint.Of(engine, Task(model, options[^1] with { Schedule = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t) }), new TrainingOptions()).Parts));
    }

    private static MaskedDiffusionTask Task(MaskedLanguageModel model, MaskingOptions options) => new(model, new FakeTokenizer(), TrainerTests.Texts(12, 1), options);

    private static double Loss(MaskingOptions options)
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        using Pass pass = Pass.ForTraining(engine);
        pass.Begin(dropoutKey: 1);
        return Task(model, options).Forward(pass, [0, 1, 2, 3, 4, 5, 6, 7], 0).Mean;
    }
}
