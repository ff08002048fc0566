using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>What every estimator that trains is made with: its host, its options, checked, the seed, and the model as far as it is read by then.</summary>
internal sealed class TrainerSetup
{
    /// <summary>Checks the options, draws the seed and reads config.json.</summary>
    /// <param name="host">The estimator's.</param>
    /// <param name="options">The options, which nobody changes any more.</param>
    public TrainerSetup(IHost host, TrainerOptions options)
    {
        EngineChoice.Check(host, options.Threads);
        (Host, Options, Model) = (host, options, new OpenedModel(options.Model));
        Seed = options.Seed ?? (options.CheckpointDirectory is string directory ? (int?)(uint?)Trainer.FindSeed(directory) : null) ?? host.Rand.Next();
        Training = options.ToTrainingOptions(host, Seed);
    }

    /// <summary>The estimator's host.</summary>
    public IHost Host { get; }

    /// <summary>The options as they were when the estimator was made.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The model to start from.</summary>
    public OpenedModel Model { get; }

    /// <summary>The seed that is asked for; else that of the snapshot to go on from; else one drawn from the context's random numbers.</summary>
    public int Seed { get; }

    /// <summary>The options that the training loop takes.</summary>
    public TrainingOptions Training { get; }
}
