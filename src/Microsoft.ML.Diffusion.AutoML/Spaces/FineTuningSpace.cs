using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Spaces;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of fine-tuning, for every trainer. A new object has the default values of the trainer's options, and so has the first
/// trial of a sweep.
/// </summary>
/// <remarks>
/// Every combination works: the frozen part is a share of the model's layers, so some layers are always trained. To exclude a setting
/// from a sweep, remove it from the space: <c>space.Remove("LayerDecay")</c>.
/// </remarks>
public abstract class FineTuningSpace
{
    private protected FineTuningSpace()
    {
    }

    /// <summary>
    /// The highest learning rate, as a multiple of the usual rate for the model's width, <see cref="TrainerOptions.UsualRate"/>.
    /// </summary>
    [Range(0.1, 10.0, 1.0, true)]
    public double RateFactor { get; set; } = 1;

    /// <summary>
    /// The number of passes over the training rows; 0 for the trainer's default: 3 (4 for named entities), or as many as 100 steps need if
    /// the rows are few.
    /// </summary>
    [Choice(new object[] { 0, 1, 2, 4, 6 }, 0)]
    public virtual int Epochs { get; set; }

    /// <summary>The share of the steps during which the rate rises from zero.</summary>
    [Range(0.0, 0.3, 0.1)]
    public double WarmUp { get; set; } = 0.1;

    /// <summary>How the rate falls after that.</summary>
    [Choice(new object[] { RateDecay.Linear, RateDecay.Cosine }, RateDecay.Linear)]
    public RateDecay Decay { get; set; } = RateDecay.Linear;

    /// <summary>The maximum number of examples in a batch.</summary>
    [Choice(new object[] { 8, 16, 32, 64 }, 32)]
    public int BatchSize { get; set; } = 32;

    /// <summary>The maximum number of tokens in a batch.</summary>
    [Choice(new object[] { 2048, 4096, 8192 }, 4096)]
    public int BatchTokens { get; set; } = 4096;

    /// <summary>AdamW's decoupled weight decay.</summary>
    [Range(0.0, 0.1, 0.01)]
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The factor between the learning rates of a layer and of the layer above it.</summary>
    [Range(0.6, 1.0, 1.0)]
    public double LayerDecay { get; set; } = 1;

    /// <summary>The part of the model that is frozen.</summary>
    [Choice(new object[] { FrozenPart.None, FrozenPart.Embeddings, FrozenPart.QuarterOfLayers, FrozenPart.HalfOfLayers }, FrozenPart.None)]
    public FrozenPart Frozen { get; set; }

    /// <summary>The dropout rate; 0 for the rates in the model's configuration.</summary>
    [Choice(new object[] { 0.0, 0.1, 0.2 }, 0.0)]
    public virtual double DropoutRate { get; set; }

    /// <summary>The decay of the exponential moving average of the weights (EMA); 0 for no average.</summary>
    [Choice(new object[] { 0.0, 0.99, 0.998 }, 0.0)]
    public virtual double EmaDecay { get; set; }

    /// <summary>Sets the options that all trainers have. Numbers are rounded to three digits.</summary>
    private protected void SetOn(TrainerOptions options, EncoderModel? model)
    {
        options.Model = model ?? options.Model;
        double factor = Rounded.ToThreeDigits(RateFactor);
        EncoderConfiguration configuration = EncoderCheckpoint.ReadConfiguration(options.Model.Files);
        options.LearningRate = factor == 1 ? null : Rounded.ToThreeDigits(factor * options.UsualRate(configuration.HiddenSize));
        options.Epochs = Epochs == 0 ? null : Epochs;
        options.WarmUp = Rounded.ToThreeDigits(WarmUp);
        options.Decay = Decay;
        options.BatchSize = BatchSize;
        options.BatchTokens = BatchTokens;
        options.WeightDecay = Rounded.ToThreeDigits(WeightDecay);
        options.LayerDecay = Rounded.ToThreeDigits(LayerDecay);
        options.DropoutRate = DropoutRate == 0 ? null : DropoutRate;
        options.EmaDecay = EmaDecay;
        options.FreezeEmbeddings = Frozen != FrozenPart.None;
        if (Frozen is FrozenPart.QuarterOfLayers or FrozenPart.HalfOfLayers)
            options.FrozenLayers = configuration.Layers / (Frozen == FrozenPart.HalfOfLayers ? 2 : 4);
    }
}
