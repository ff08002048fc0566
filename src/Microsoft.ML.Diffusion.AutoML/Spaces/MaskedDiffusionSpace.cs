using Microsoft.ML.Diffusion.Spaces;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of training with <see cref="DiffusionCatalog.MaskedDiffusion(TransformsCatalog.TextTransforms,
/// MaskedDiffusionEstimator.Options)"/>. The settings for writing with the trained model are in <see cref="MaskScheduleSpace"/>; sweeping
/// those needs no further training.
/// </summary>
public sealed class MaskedDiffusionSpace
{
    /// <summary>The highest learning rate.</summary>
    [Range(3e-5, 3e-3, 3e-4, true)]
    public double LearningRate { get; set; } = 3e-4;

    /// <summary>The number of passes over the texts.</summary>
    [Choice(new object[] { 1, 2, 3, 4, 6 }, 3)]
    public int Epochs { get; set; } = 3;

    /// <summary>The share of the steps during which the rate rises from zero.</summary>
    [Range(0.0, 0.3, 0.06)]
    public double WarmUp { get; set; } = 0.06;

    /// <summary>How the rate falls after that.</summary>
    [Choice(new object[] { RateDecay.Linear, RateDecay.Cosine }, RateDecay.Linear)]
    public RateDecay Decay { get; set; } = RateDecay.Linear;

    /// <summary>The maximum number of tokens in a batch.</summary>
    [Choice(new object[] { 1024, 2048, 4096 }, 2048)]
    public int BatchTokens { get; set; } = 2048;

    /// <summary>AdamW's decoupled weight decay.</summary>
    [Range(0.0, 0.1, 0.01)]
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The decay of the exponential moving average of the weights (EMA); 0 for no average.</summary>
    [Choice(new object[] { 0.0, 0.99, 0.998 }, 0.0)]
    public double EmaDecay { get; set; }

    /// <summary>The kind of schedule for masking the texts during training.</summary>
    [Choice(new object[] { ScheduleKind.Linear, ScheduleKind.Cosine, ScheduleKind.Polynomial }, ScheduleKind.Linear)]
    public ScheduleKind TrainingSchedule { get; set; } = ScheduleKind.Linear;

    /// <summary>The exponent of <see cref="ScheduleKind.Polynomial"/>.</summary>
    [Range(0.4, 3.0, 1.0, true)]
    public double TrainingScheduleExponent { get; set; } = 1;

    /// <summary>Converts the values to options. Numbers are rounded to three digits.</summary>
    public MaskedDiffusionEstimator.Options ToOptions() => new()
    {
        LearningRate = Rounded.ToThreeDigits(LearningRate),
        Epochs = Epochs,
        WarmUp = Rounded.ToThreeDigits(WarmUp),
        Decay = Decay,
        BatchTokens = BatchTokens,
        WeightDecay = Rounded.ToThreeDigits(WeightDecay),
        EmaDecay = EmaDecay,
        TrainingSchedule = TrainingSchedule switch
        {
            ScheduleKind.Cosine => MaskSchedule.Cosine,
            ScheduleKind.Linear => MaskSchedule.Linear,
            _ => MaskSchedule.Polynomial(Rounded.ToThreeDigits(TrainingScheduleExponent)),
        },
    };
}
