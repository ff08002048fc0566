namespace Microsoft.ML.Diffusion.Training;

/// <summary>All batches and steps of a training, and their examples. It depends only on the task and the options.</summary>
internal sealed class TrainingPlan
{
    private readonly TrainingTask _task;
    private readonly TrainingOptions _options;
    private BatchPlan _epoch;
    private long _number;

    public TrainingPlan(TrainingTask task, TrainingOptions options)
    {
        (_task, _options) = (task, options);
        _epoch = Plan(0);
        long least = (long)options.MinSteps * options.AccumulationSteps;
        Batches = Math.Max(1, (long)Math.Round(options.Epochs * _epoch.Count));
        (Batches, Epochs) = Batches < least ? (least, (double)least / _epoch.Count) : (Batches, options.Epochs);
        Steps = (Batches + options.AccumulationSteps - 1) / options.AccumulationSteps;
    }

    /// <summary>How often each example is used: as the options say, or as often as their least number of steps takes.</summary>
    public double Epochs { get; }

    /// <summary>The total number of batches.</summary>
    public long Batches { get; }

    /// <summary>The total number of steps.</summary>
    public long Steps { get; }

    /// <summary>The batches of an epoch.</summary>
    public BatchPlan this[long epoch]
    {
        get
        {
            if (_number != epoch)
                (_epoch, _number) = (Plan(epoch), epoch);
            return _epoch;
        }
    }

    private BatchPlan Plan(long epoch) => new(_task, _options.BatchTokens, _options.BatchSize, _options.Seed, epoch);
}
