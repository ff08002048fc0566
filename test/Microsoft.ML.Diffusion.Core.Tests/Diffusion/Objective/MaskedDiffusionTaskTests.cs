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
        double none = Loss(s_options), some = Loss(s_options with { LabelSmoothing = .1 }),
            more = Loss(s_options with { LabelSmoothing = .3 });
        Assert.IsGreaterThan(1e-3, Math.Abs(some - none));
        Assert.AreEqual(3 * (some - none), more - none, 1e-4 * Math.Abs(none));
    }

    /// <summary>The decoder's bias alone, fitted to texts that are masked whole, reaches chance and no less.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.2)]
    public void Chance_is_the_best_constant_under_label_smoothing(double smoothing)
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("bert", engine);
        MaskedDiffusionTask task =
            Task(model, new MaskingOptions { MinTime = 0.999999, Weighting = LossWeighting.Uniform, LabelSmoothing = smoothing });
        int classes = model.Configuration.VocabularySize;
        foreach (Parameter norm in
            model.Parameters.All.Where(parameter => parameter.Name.StartsWith("head.norm", StringComparison.Ordinal)))
            engine.Clear(norm.Value!);
        MaskedTexts texts = TrainerTests.Texts(12, 1);
        double[] counts = new double[classes];
        foreach (int token in Enumerable.Range(0, texts.Sequences.Count).SelectMany(i => texts.Sequences[i][texts.Leading[i]..].ToArray())
            .Where(token => !texts.IsGiven(token)))
            counts[token]++;
        double all = counts.Sum();
        float[] best = [.. counts.Select(count => (float)Math.Log(Math.Max((1 - smoothing) * count / all + smoothing / classes, 1e-12)))];
        Assert.AreEqual(Loss(best), task.ChanceLoss, 1e-4);
        int common = Array.IndexOf(counts, counts.Max());
        foreach (float change in (float[])[-0.3f, 0.3f])
            Assert.IsGreaterThan(task.ChanceLoss + 1e-3, Loss([.. best.Select((logit, k) => k == common ? logit + change : logit)]));

        double Loss(float[] bias)
        {
            engine.Write(model.Head.DecoderBias!.Value!, 0, bias);
            using Pass pass = Pass.ForTraining(engine, withDropout: false);
            pass.Begin();
            return task.Forward(pass, [.. Enumerable.Range(0, task.Count)], 0).Read(pass).Mean;
        }
    }

    /// <summary>A training that goes on with another masking is another training: each option that
    /// changes a draw or a weight tells.</summary>
    [TestMethod]
    public void A_fingerprint_tells_maskings_apart()
    {
        TokenHistogram one = new(FakeTokenizer.Size), other = new(FakeTokenizer.Size);
        one.Add(20, 5);
        other.Add(21, 5);
        MaskingOptions[] options =
        [
            s_options, s_options with { Steps = 4 }, s_options with { LabelSmoothing = .1 }, s_options with { PrefixShare = .1 },
            s_options with { RandomLengthShare = .01 },
            s_options with { TokenWeight = token => token }, s_options with { TokenWeight = token => token + 1 },
            s_options with { Weighting = LossWeighting.Uniform },
            s_options with { Schedule = MaskSchedule.Cosine }, s_options with { Schedule = MaskSchedule.Spindle(.1, one) },
            s_options with { Schedule = MaskSchedule.Spindle(.1, other) },
            s_options with { Schedule = MaskSchedule.Custom(t => 1 - t, _ => -1) },
            s_options with { Schedule = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t) },
        ];
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        string[] fingerprints =
            [.. options.Select(option => string.Join(';', Fingerprint.Of(engine, Task(model, option), new TrainingOptions()).Parts))];
        Assert.HasCount(options.Length, fingerprints.Distinct().ToArray());
        Assert.AreEqual(fingerprints[^1],
            string.Join(';',
                Fingerprint.Of(engine, Task(model, options[^1] with { Schedule = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t) }),
                    new TrainingOptions()).Parts));
    }

    private static MaskedDiffusionTask Task(MaskedLanguageModel model, MaskingOptions options) =>
        new(model, new FakeTokenizer(), TrainerTests.Texts(12, 1), options);

    private static double Loss(MaskingOptions options)
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        using Pass pass = Pass.ForTraining(engine);
        pass.Begin(dropoutKey: 1);
        return Task(model, options).Forward(pass, [0, 1, 2, 3, 4, 5, 6, 7], 0).Read(pass).Mean;
    }
}
