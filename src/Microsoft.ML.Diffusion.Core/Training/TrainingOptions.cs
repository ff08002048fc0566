namespace Microsoft.ML.Diffusion.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum RateDecay
{
    /// <summary>It stays.</summary>
    Constant,
    /// <summary>In a straight line to zero.</summary>
    Linear,
    /// <summary>Along half a cosine to zero.</summary>
    Cosine,
}

/// <summary>What the training loop needs to know, whatever the objective.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often each example is seen; it may be a fraction.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>The most tokens in a batch; an example that is longer makes a batch of its own.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>The share of the steps in which the rate rises from zero.</summary>
    public double WarmUp { get; init; } = 0.06;

    /// <summary>How the rate falls afterwards.</summary>
    public RateDecay Decay { get; init; } = RateDecay.Linear;

    /// <summary>AdamW's decoupled decay of matrices; biases and normalisations are left alone.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>AdamW's β₁.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's β₂.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The norm that all gradients together are scaled down to where they exceed it; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The seed of shuffling and dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the model's dropout is on.</summary>
    public bool Dropout { get; init; } = true;

    /// <summary>Steps between validations; 0 for one at the end only.</summary>
    public int ValidationInterval { get; init; }

    /// <summary>Steps between checkpoints; 0 for none.</summary>
    public int CheckpointInterval { get; init; }

    /// <summary>Steps between reports of progress.</summary>
    public int ProgressInterval { get; init; } = 50;

    /// <summary>Fails where an option makes no sense.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    public void Validate()
    {
        Check(Epochs is > 0 and <= 1e6, nameof(Epochs), Epochs, "above 0");
        Check(BatchTokens >= 1, nameof(BatchTokens), BatchTokens, "1 or more");
        Check(LearningRate is > 0 and <= 10, nameof(LearningRate), LearningRate, "above 0 and at most 10; 5e-5 is usual for fine-tuning");
        Check(WarmUp is >= 0 and <= 1, nameof(WarmUp), WarmUp, "a share of the steps, from 0 to 1");
        Check(Enum.IsDefined(Decay), nameof(Decay), Decay, "Constant, Linear or Cosine");
        Check(WeightDecay is >= 0 and < 10, nameof(WeightDecay), WeightDecay, "0 or more; 0.01 is usual");
        Check(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "from 0 to below 1; 0.9 is usual");
        Check(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "from 0 to below 1; 0.999 is usual");
        Check(Epsilon is > 0 and < 1, nameof(Epsilon), Epsilon, "above 0; 1e-8 is usual");
        Check(ClipNorm >= 0, nameof(ClipNorm), ClipNorm, "0 (no limit) or more; 1 is usual");
        Check(ValidationInterval >= 0, nameof(ValidationInterval), ValidationInterval, "0 or more");
        Check(CheckpointInterval >= 0, nameof(CheckpointInterval), CheckpointInterval, "0 or more");
        Check(ProgressInterval >= 1, nameof(ProgressInterval), ProgressInterval, "1 or more");
    }

    private static void Check<T>(bool holds, string name, T value, string expected)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; expected {expected}.", name);
    }
}
