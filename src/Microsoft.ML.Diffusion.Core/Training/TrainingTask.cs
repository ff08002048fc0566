using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>What is learned: the examples, and how a batch of them becomes a loss. The loop is the <see cref="Trainer"/>'s.</summary>
public abstract class TrainingTask
{
    /// <summary>The parameters that learn.</summary>
    public abstract ParameterSet Parameters { get; }

    /// <summary>The number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>The number of tokens of an example.</summary>
    public abstract int Length(int example);

    /// <summary>
    /// Runs the forward pass of a batch and its losses, which leave their gradients on the pass; <see cref="Pass.Begin"/> has been called.
    /// </summary>
    /// <param name="pass">The run.</param>
    /// <param name="examples">The examples of the batch.</param>
    /// <param name="number">The number of the batch in the training, which no other has; that of the step, where a step is one batch.</param>
    /// <returns>The loss, whose gradient is that of its sum; of weight 0 where the batch has nothing to learn from.</returns>
    internal abstract BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number);

    /// <summary>Measures what was learned on the validation examples, or gives null where there are none.</summary>
    public virtual Evaluation? Evaluate(CancellationToken cancellationToken) => null;

    /// <summary>The standard deviation of the fresh weights of re-initialised layers: the model's own, where it has one.</summary>
    public virtual double InitializerRange => 0.02;

    /// <summary>The mean loss of a good guess that is the same for every example; NaN where it is not known. Computed when it is asked for.</summary>
    public virtual double ChanceLoss => double.NaN;

    /// <summary>
    /// Adds what is learned to the fingerprint that snapshots are told apart by: the examples and every setting of the task that
    /// changes its losses. By default the examples' number and lengths.
    /// </summary>
    internal virtual void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        int[] lengths = [.. Enumerable.Range(0, Count).Select(Length)];
        fingerprint.Add("the number of examples", Count);
        fingerprint.AddHash<int>("the examples' lengths", lengths);
    }
}
