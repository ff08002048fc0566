using System.Globalization;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>The training settings, for every estimator that trains. docs/training.md has the reasons for the defaults.</summary>
public abstract class TrainerOptions
{
    private double? _validationFraction;

    private protected TrainerOptions()
    {
    }

    /// <summary>The model to start from: the embedded one, or a Hugging Face directory.</summary>
    public EncoderModel Model { get; set; } = EncoderModel.Default;

    /// <summary>
    /// The number of passes over the training rows; it may be a fraction. Null takes 3 (4 for named entities), or as many as 100 steps
    /// need if the rows are few: 10 for 300 rows in batches of 32. The default is null; for masked diffusion it is 3.
    /// </summary>
    public double? Epochs { get; set; }

    /// <summary>The maximum number of examples in a batch; 0 for as many as fit into <see cref="BatchTokens"/>.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// The maximum number of tokens in a batch; a longer example is a batch of its own. 0 takes as many as the memory of a GPU holds, which
    /// Fit tries and logs; on the CPU it takes the default. Batches then depend on the device, so it cannot be combined with
    /// <see cref="CheckpointDirectory"/>.
    /// </summary>
    public int BatchTokens { get; set; } = 4096;

    /// <summary>The number of batches in one step, for large batches in little memory.</summary>
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>
    /// Gradient checkpointing: whether the backward pass runs each layer again instead of keeping its activations. Activations take much
    /// less memory, a step takes a quarter to a third more time, and the model is the same, bit for bit. See docs/training.md.
    /// </summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>
    /// The highest learning rate. Null takes a rate by the model's width: 5e-4 below 384, 1e-4 below 768, 5e-5 for BERT base and 2e-5 from
    /// 1,024 on.
    /// </summary>
    public double? LearningRate { get; set; }

    /// <summary>The share of the steps during which the rate rises from zero.</summary>
    public double WarmUp { get; set; } = 0.1;

    /// <summary>How the rate falls after that.</summary>
    public RateDecay Decay { get; set; } = RateDecay.Linear;

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The maximum norm of the gradients, which are scaled down if they exceed it; 0 for no limit.</summary>
    public double ClipNorm { get; set; } = 1;

    /// <summary>Whether AdamW makes steps without bias correction, as Google's BERT did: to reproduce its results.</summary>
    public bool BertAdam { get; set; }

    /// <summary>Whether dropout is on.</summary>
    public bool Dropout { get; set; } = true;

    /// <summary>
    /// The dropout rate of the embeddings, of the sublayers' outputs and of the head. Null takes the rates from the model's configuration,
    /// which may be zero, as in the embedded model.
    /// </summary>
    public double? DropoutRate { get; set; }

    /// <summary>The factor between the learning rates of a layer and of the layer above it; 1 for the same rate everywhere.</summary>
    public double LayerDecay { get; set; } = 1;

    /// <summary>Whether the embeddings are frozen.</summary>
    public bool FreezeEmbeddings { get; set; }

    /// <summary>The number of lowest layers that are frozen, together with the embeddings.</summary>
    public int FrozenLayers { get; set; }

    /// <summary>The number of top layers that start from fresh weights.</summary>
    public int ReinitializedLayers { get; set; }

    /// <summary>
    /// The decay of the exponential moving average of the weights (EMA), which is validated and kept as the model; 0 for no average.
    /// </summary>
    public double EmaDecay { get; set; }

    /// <summary>The validation rows; null for none, or for <see cref="ValidationFraction"/>.</summary>
    public IDataView? ValidationSet { get; set; }

    /// <summary>
    /// The share of the rows, drawn by the seed, that is held out for validation if there is no <see cref="ValidationSet"/>; 0 for none.
    /// The default is 0; for masked diffusion without a validation set it is 0.05.
    /// </summary>
    public double ValidationFraction
    {
        get => _validationFraction ?? (ValidationSet is null ? UsualValidationFraction : 0);
        set => _validationFraction = value;
    }

    /// <summary>The number of steps between validations; 0 for one at the end of each epoch.</summary>
    public int ValidationInterval { get; set; }

    /// <summary>Whether Fit returns the weights with the best validation; otherwise the last weights.</summary>
    public bool KeepBest { get; set; } = true;

    /// <summary>Stops the training after this many validations without improvement; 0 to train to the end.</summary>
    public int Patience { get; set; }

    /// <summary>The smallest improvement over the best validation that counts for <see cref="Patience"/>.</summary>
    public double MinImprovement { get; set; }

    /// <summary>
    /// The directory of snapshots: after an interruption the same Fit continues from the last one, with the same result. Null for none.
    /// </summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>The number of steps between snapshots.</summary>
    public int CheckpointInterval { get; set; } = 500;

    /// <summary>
    /// The time between progress reports to <see cref="Progress"/>, the log and the progress channel; zero for one report for each step.
    /// Validations and the last step are always reported.
    /// </summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock for <see cref="ProgressInterval"/>.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>
    /// Receives the progress of the training, validations included, on the training thread; an exception that it throws ends the training.
    /// Null for none. The log and the progress channel always receive the progress.
    /// </summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Cancels the training, from reading the rows on, and afterwards the transformer's cursors. Fit throws an
    /// <see cref="OperationCanceledException"/> within a fraction of a second, after writing a snapshot if there is a
    /// <see cref="CheckpointDirectory"/>. The token is read when Fit is called, so another may be set for the next Fit. It is not saved,
    /// and a snapshot does not depend on it. To use the transformer after this token is canceled, set the transformer's own
    /// CancellationToken.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// The number of threads; 0 for one per processor. Results do not depend on it, and it is not saved: a loaded model uses all
    /// processors, or the number in its transformer's Threads.
    /// </summary>
    public int Threads { get; set; }

    /// <summary>
    /// The seed of all randomness. Null takes the seed of the snapshot in <see cref="CheckpointDirectory"/>, if there is one; otherwise it
    /// is drawn once from the context's random numbers when the estimator is created.
    /// </summary>
    public int? Seed { get; set; }

    /// <summary>The learning rate for a model's width if <see cref="LearningRate"/> is null.</summary>
    /// <param name="width">The model's hidden size.</param>
    public virtual double UsualRate(int width) => width switch { < 384 => 5e-4, < 768 => 1e-4, < 1024 => 5e-5, _ => 2e-5 };

    /// <summary>The default of <see cref="BatchTokens"/>.</summary>
    private protected virtual int UsualBatchTokens => 4096;

    private protected virtual double UsualEpochs => 3;

    private protected virtual double UsualValidationFraction => 0;

    /// <summary>Copies the options.</summary>
    internal TrainerOptions Copy() => (TrainerOptions)MemberwiseClone();

    /// <summary>Checks the options and converts them to those of Core.</summary>
    /// <param name="env">The context that reports a bad option.</param>
    /// <param name="seed">The seed, already drawn if <see cref="Seed"/> is null.</param>
    internal TrainingOptions ToTrainingOptions(IExceptionContext env, int seed)
    {
        env.CheckUserArg(
            ValidationFraction is >= 0 and < 1, nameof(ValidationFraction),
            string.Create(CultureInfo.InvariantCulture,
                $"It is {ValidationFraction}; expected a share of the rows, from 0 to below 1, such as 0.1; 0 for none"));
        env.CheckUserArg(
            ValidationSet is null || ValidationFraction == 0, nameof(ValidationFraction),
            string.Create(CultureInfo.InvariantCulture,
                $"It is {ValidationFraction} and there is a ValidationSet; expected one of the two. Set ValidationFraction to 0, or " +
                $"ValidationSet to null"));
        env.CheckUserArg(
            DropoutRate is null or (>= 0 and <= 0.99), nameof(DropoutRate),
            string.Create(CultureInfo.InvariantCulture,
                $"It is {DropoutRate}; expected a share from 0 to 0.99, or null for the rates in the model's configuration; 0.1 is usual"));
        env.CheckUserArg(ProgressInterval >= TimeSpan.Zero, nameof(ProgressInterval),
            $"It is {ProgressInterval}; expected a time of zero or more. Use TimeSpan.Zero for a report of each step");
        env.CheckUserArg(BatchTokens != 0 || CheckpointDirectory is null, nameof(BatchTokens),
            "It is 0, and there is a CheckpointDirectory: a training that continues needs the same batches. Give a number of tokens");
        var options = new TrainingOptions
        {
            Epochs = Epochs ?? UsualEpochs,
            MinSteps = Epochs is null ? FineTuning.FewSteps : 0,
            BatchSize = BatchSize,
            BatchTokens = BatchTokens == 0 ? UsualBatchTokens : BatchTokens,
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
