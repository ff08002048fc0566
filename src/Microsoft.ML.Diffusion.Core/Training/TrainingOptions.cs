namespace Microsoft.ML.Diffusion.Training;

/// <summary>Options of the training loop, for any objective.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often each example is used; it may be a fraction.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>
    /// The least number of steps: if the examples are so few that <see cref="Epochs"/> has fewer, they are used more often; 0 for no least
    /// number.
    /// </summary>
    public int MinSteps { get; init; }

    /// <summary>The most tokens in a batch; a longer example is a batch of its own.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>The most examples in a batch; 0 for as many as <see cref="BatchTokens"/> allows.</summary>
    public int BatchSize { get; init; }

    /// <summary>The number of batches in a step; their gradients add up as if they were one batch.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>The share of the steps in which the rate rises from zero.</summary>
    public double WarmUp { get; init; } = 0.06;

    /// <summary>How the rate falls afterwards.</summary>
    public RateDecay Decay { get; init; } = RateDecay.Linear;

    /// <summary>AdamW's decoupled weight decay of matrices; biases and normalizations are excluded.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>AdamW's β₁.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's β₂.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// BertAdam, the optimizer of google-research/bert's optimization.py: no bias correction, ε = 1e-6 whatever <see cref="Epsilon"/> is,
    /// the warm-up starts at a rate of zero, and the decay counts from the first step, so the rate drops at the end of the warm-up.
    /// Training on small data is more stable without it (Zhang et al., "Revisiting Few-sample BERT Fine-tuning", 2021).
    /// </summary>
    public bool BertAdam { get; init; }

    /// <summary>The norm to which the gradients of all parameters together are scaled down if they exceed it; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// Layer-wise decay of the rate: the head has the full rate, the top layer this times the rate, the one below its square, and the
    /// embeddings the lowest rate; 1 for the same rate everywhere. 0.8 to 0.95 is usual (Clark et al., ELECTRA, 2020).
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Whether the embeddings are frozen.</summary>
    public bool FreezeEmbeddings { get; init; }

    /// <summary>The number of lowest layers that are frozen, together with the embeddings; 0 for none.</summary>
    public int FrozenLayers { get; init; }

    /// <summary>The number of top layers that start from fresh weights (Zhang et al. 2021); 0 for none.</summary>
    public int ReinitializedLayers { get; init; }

    /// <summary>
    /// The decay of the running average of the weights (EMA), which is evaluated and saved; 0 for no average. After t steps the decay is
    /// min(this, (1 + t) / (10 + t)), so that the average does not retain the initial weights.
    /// </summary>
    public double EmaDecay { get; init; }

    /// <summary>The seed of shuffling, dropout and fresh weights.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the model's dropout is on.</summary>
    public bool Dropout { get; init; } = true;

    /// <summary>
    /// Gradient checkpointing: whether the backward pass runs each of an encoder's layers again instead of storing its activations (Chen et
    /// al., "Training Deep Nets with Sublinear Memory Cost", 2016). Activations take the memory of one layer and of the layers' outputs, a
    /// step takes a quarter to a third more time, and the weights are the same, bit for bit.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Steps between validations; 0 for one at the end of each epoch. The last step is always validated.</summary>
    public int ValidationInterval { get; init; }

    /// <summary>Whether the final weights are those of the best validation; if false, they are the last.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>The training stops after this many validations without improvement; 0 to never stop early.</summary>
    public int Patience { get; init; }

    /// <summary>A validation is an improvement for <see cref="Patience"/> if it beats the best by more than this.</summary>
    public double MinImprovement { get; init; }

    /// <summary>
    /// The directory of snapshots, from which an interrupted training continues; null for none. See <see cref="Trainer"/>.
    /// </summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>
    /// Steps between snapshots and calls of the trainer's checkpoint callback; 0 for snapshots only on cancellation and at the end.
    /// </summary>
    public int CheckpointInterval { get; init; }

    /// <summary>Steps between rows of the report, in addition to those of validations and of the last step.</summary>
    public int ReportInterval { get; init; } = 50;

    /// <summary>Throws if an option is invalid.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    public void Validate()
    {
        Check(Epochs is > 0 and <= 1e6, nameof(Epochs), Epochs, "above 0");
        Check(MinSteps >= 0, nameof(MinSteps), MinSteps, "0 (as many as Epochs has) or more; 100 is usual for fine-tuning");
        Check(BatchTokens >= 1, nameof(BatchTokens), BatchTokens, "1 or more");
        Check(BatchSize >= 0, nameof(BatchSize), BatchSize, "1 or more, or 0 for as many examples as BatchTokens allows");
        Check(AccumulationSteps is >= 1 and <= 1 << 20, nameof(AccumulationSteps), AccumulationSteps, "1 or more");
        Check(LearningRate is > 0 and <= 10, nameof(LearningRate), LearningRate, "above 0 and at most 10; 5e-5 is usual for fine-tuning");
        Check(WarmUp is >= 0 and <= 1, nameof(WarmUp), WarmUp, "a share of the steps, from 0 to 1");
        Check(Enum.IsDefined(Decay), nameof(Decay), Decay, "Constant, Linear or Cosine");
        Check(WeightDecay is >= 0 and < 10, nameof(WeightDecay), WeightDecay, "0 or more; 0.01 is usual");
        Check(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "from 0 to below 1; 0.9 is usual");
        Check(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "from 0 to below 1; 0.999 is usual");
        Check(Epsilon is > 0 and < 1, nameof(Epsilon), Epsilon, "above 0; 1e-8 is usual");
        Check(ClipNorm >= 0, nameof(ClipNorm), ClipNorm, "0 (no limit) or more; 1 is usual");
        Check(LayerDecay is > 0 and <= 1, nameof(LayerDecay), LayerDecay, "above 0 and at most 1; 1 for the same rate in every layer");
        Check(FrozenLayers >= 0, nameof(FrozenLayers), FrozenLayers, "0 or more");
        Check(ReinitializedLayers >= 0, nameof(ReinitializedLayers), ReinitializedLayers, "0 or more");
        Check(EmaDecay is >= 0 and < 1, nameof(EmaDecay), EmaDecay, "0 (no average) to below 1; 0.99 to 0.9999 is usual");
        Check(ValidationInterval >= 0, nameof(ValidationInterval), ValidationInterval, "0 (each epoch) or more");
        Check(Patience >= 0, nameof(Patience), Patience, "0 (never stop early) or more");
        Check(MinImprovement is >= 0 and < double.PositiveInfinity, nameof(MinImprovement), MinImprovement, "0 or more");
        Check(CheckpointDirectory is null || !string.IsNullOrWhiteSpace(CheckpointDirectory), nameof(CheckpointDirectory),
            "empty or whitespace", "a directory, or null for no snapshots");
        Check(CheckpointInterval >= 0, nameof(CheckpointInterval), CheckpointInterval, "0 or more");
        Check(ReportInterval >= 1, nameof(ReportInterval), ReportInterval, "1 or more");
    }

    private static void Check<T>(bool holds, string name, T value, string expected)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; expected {expected}.", name);
    }
}
