using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The inputs of every training estimator: its host, its checked options, the seed, and the model before its weights are read.
/// </summary>
internal sealed class TrainerSetup
{
    /// <summary>Checks the options, draws the seed and reads config.json.</summary>
    /// <param name="host">The estimator's host.</param>
    /// <param name="options">The options, which do not change any more.</param>
    public TrainerSetup(IHost host, TrainerOptions options)
    {
        EngineChoice.Check(host, options.Threads, options.Model.IsQuantized);
        (Host, Options, Model) = (host, options, new OpenedModel(options.Model));
        Seed = options.Seed ?? (options.CheckpointDirectory is string directory ? (int?)(uint?)Trainer.FindSeed(directory) : null)
            ?? host.Rand.Next();
        Training = options.ToTrainingOptions(host, Seed);
    }

    /// <summary>The estimator's host.</summary>
    public IHost Host { get; }

    /// <summary>A copy of the options, made when the estimator was created.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The model to start from.</summary>
    public OpenedModel Model { get; }

    /// <summary>
    /// The seed from the options; else that of the snapshot to continue from; else one drawn from the context's random numbers.
    /// </summary>
    public int Seed { get; }

    /// <summary>The options of the training loop.</summary>
    public TrainingOptions Training { get; }
}
