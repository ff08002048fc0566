using System.Globalization;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>How a model is trained, for every estimator that trains. What the defaults are based on is in docs/training.md.</summary>
public abstract class TrainerOptions
{
    private double? _validationFraction;

    private protected TrainerOptions()
    {
    }

    /// <summary>The model to start from: the embedded one, or a Hugging Face directory.</summary>
    public EncoderModel Model { get; set; } = EncoderModel.Default;

    /// <summary>How often each example is seen; it may be a fraction.</summary>
    public double Epochs { get; set; } = 3;

    /// <summary>The most examples in a batch; 0 for as many as <see cref="BatchTokens"/> holds.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>The most tokens in a batch; an example that is longer makes a batch of its own.</summary>
    public int BatchTokens { get; set; } = 4096;

    /// <summary>How many batches make one step: for large batches in little memory.</summary>
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>
    /// Gradient checkpointing: whether the backward pass runs each layer again instead of keeping its activations. Activations take much
    /// less memory, a step takes a quarter to a third more time, and the model is the same, bit for bit. See docs/training.md.
    /// </summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>
    /// The highest learning rate; null for what suits the model's width: 5e-4 below 384, 1e-4 below 768, 5e-5 for BERT base and 2e-5 from
    /// 1,024 on.
    /// </summary>
    public double? LearningRate { get; set; }

    /// <summary>The share of the steps in which the rate rises from zero.</summary>
    public double WarmUp { get; set; } = 0.1;

    /// <summary>How the rate falls afterwards.</summary>
    public RateDecay Decay { get; set; } = RateDecay.Linear;

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The norm that gradients are scaled down to where they exceed it; 0 for no limit.</summary>
    public double ClipNorm { get; set; } = 1;

    /// <summary>Steps as Google's BERT made them, without bias correction: to reproduce its results.</summary>
    public bool BertAdam { get; set; }

    /// <summary>Whether dropout is on.</summary>
    public bool Dropout { get; set; } = true;

    /// <summary>
    /// The rate of dropout: of the embeddings, of what sublayers add and in the head. Null for what the model's configuration says, which
    /// may be none, as in the embedded model's.
    /// </summary>
    public double? DropoutRate { get; set; }

    /// <summary>The factor by which each layer learns more slowly than the one above it; 1 for the same rate everywhere.</summary>
    public double LayerDecay { get; set; } = 1;

    /// <summary>Whether the embeddings stay as they are.</summary>
    public bool FreezeEmbeddings { get; set; }

    /// <summary>How many of the lowest layers stay as they are, and the embeddings with them.</summary>
    public int FrozenLayers { get; set; }

    /// <summary>How many of the top layers start from fresh weights.</summary>
    public int ReinitializedLayers { get; set; }

    /// <summary>The decay of the running average of the weights (EMA), which is what is measured and kept; 0 for no average.</summary>
    public double EmaDecay { get; set; }

    /// <summary>Rows to measure on while learning; null for none, or for <see cref="ValidationFraction"/>.</summary>
    public IDataView? ValidationSet { get; set; }

    /// <summary>
    /// The share of the rows, drawn by the seed, that is not learned from but only measured, where there is no <see cref="ValidationSet"/>; 0 for
    /// none. By default none is, but for masked diffusion, where it is 0.05 unless there is a set.
    /// </summary>
    public double ValidationFraction
    {
        get => _validationFraction ?? (ValidationSet is null ? UsualValidationFraction : 0);
        set => _validationFraction = value;
    }

    /// <summary>Steps between validations; 0 for one at the end of each epoch.</summary>
    public int ValidationInterval { get; set; }

    /// <summary>Whether the model is the one that was best in validation; else it is the last.</summary>
    public bool KeepBest { get; set; } = true;

    /// <summary>Stops after this many validations without improvement; 0 to go on to the end.</summary>
    public int Patience { get; set; }

    /// <summary>What a validation must beat the best by to count as an improvement for <see cref="Patience"/>.</summary>
    public double MinImprovement { get; set; }

    /// <summary>Where snapshots are kept: after an interruption the same Fit goes on from the last, with the same result. Null for none.</summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>Steps between snapshots.</summary>
    public int CheckpointInterval { get; set; } = 500;

    /// <summary>
    /// The time between reports of progress, to <see cref="Progress"/>, the log and the progress channel; zero for one a step. Validations and
    /// the last step are reported in any case.
    /// </summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What measures <see cref="ProgressInterval"/>.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>
    /// Is told how far the training has come, validations included, on the thread that trains; what it throws ends the training. Null for
    /// nobody. The log and the progress channel are told in any case.
    /// </summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Cancels the training, from reading the rows on, and afterwards the transformer's cursors: Fit throws an
    /// <see cref="OperationCanceledException"/> within a fraction of a second, after a snapshot where there is a
    /// <see cref="CheckpointDirectory"/>. It is read when Fit is called, so that another may be set for the next; it is neither saved nor one of
    /// the options that a snapshot belongs to. Set the transformer's own CancellationToken where it is to outlive this one.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// How many threads compute; 0 for one a processor. Results do not depend on it, and it is not saved: a model that is loaded computes on
    /// all, or on as many as its transformer's Threads is set to.
    /// </summary>
    public int Threads { get; set; }

    /// <summary>
    /// The seed of all randomness. Null takes that of the snapshot in <see cref="CheckpointDirectory"/>, where there is one, else draws one from
    /// the context's random numbers; when the estimator is made, which keeps it.
    /// </summary>
    public int? Seed { get; set; }

    /// <summary>The learning rate of a model of some width where <see cref="LearningRate"/> is null.</summary>
    /// <param name="width">The model's hidden size.</param>
    public virtual double UsualRate(int width) => width switch { < 384 => 5e-4, < 768 => 1e-4, < 1024 => 5e-5, _ => 2e-5 };

    private protected virtual double UsualValidationFraction => 0;

    /// <summary>The same options in an object that nobody else has.</summary>
    internal TrainerOptions Copy() => (TrainerOptions)MemberwiseClone();

    /// <summary>The options that Core takes, checked.</summary>
    /// <param name="env">Who reports a bad option.</param>
    /// <param name="seed">The seed, drawn where <see cref="Seed"/> is null.</param>
    internal TrainingOptions ToTrainingOptions(IExceptionContext env, int seed)
    {
        env.CheckUserArg(
            ValidationFraction is >= 0 and < 1, nameof(ValidationFraction),
            string.Create(CultureInfo.InvariantCulture, $"It is {ValidationFraction}; expected a share of the rows, from 0 to below 1"));
        env.CheckUserArg(
            ValidationSet is null || ValidationFraction == 0, nameof(ValidationFraction),
            string.Create(CultureInfo.InvariantCulture, $"It is {ValidationFraction} and there is a ValidationSet; expected one of the two"));
        env.CheckUserArg(
            DropoutRate is null or (>= 0 and <= 0.99), nameof(DropoutRate),
            string.Create(CultureInfo.InvariantCulture, $"It is {DropoutRate}; expected a share from 0 to 0.99, or null for what the model says; 0.1 is usual"));
        env.CheckUserArg(ProgressInterval >= TimeSpan.Zero, nameof(ProgressInterval), $"It is {ProgressInterval}; expected a time, or zero for a report of each step");
        var options = new TrainingOptions
        {
            Epochs = Epochs,
            BatchSize = BatchSize,
            BatchTokens = BatchTokens,
            AccumulationSteps = AccumulationSteps,
            GradientCheckpointing = GradientCheckpointing,
            LearningRate = LearningRate ?? UsualRate(EncoderCheckpoint.ReadConfiguration(Model.Files).HiddenSize),
            WarmUp = WarmUp,
            Decay = Decay,
            WeightDecay = WeightDecay,
            ClipNorm = ClipNorm,
            BertAdam = BertAdam,
            Dropout = Dropout,
            LayerDecay = LayerDecay,
            FreezeEmbeddings = FreezeEmbeddings,
            FrozenLayers = FrozenLayers,
            ReinitializedLayers = ReinitializedLayers,
            EmaDecay = EmaDecay,
            ValidationInterval = ValidationInterval,
            KeepBest = KeepBest,
            Patience = Patience,
            MinImprovement = MinImprovement,
            CheckpointDirectory = CheckpointDirectory,
            CheckpointInterval = CheckpointInterval,
            Seed = (ulong)(uint)seed,
        };
        options.Validate();
        return options;
    }
}
