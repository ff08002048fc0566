using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>A training task: the examples, and how a batch of them becomes a loss. The <see cref="Trainer"/> has the loop.</summary>
public abstract class TrainingTask
{
    /// <summary>The parameters to train.</summary>
    public abstract ParameterSet Parameters { get; }

    /// <summary>The number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>The number of tokens of an example.</summary>
    public abstract int Length(int example);

    /// <summary>
    /// Runs the forward pass of a batch and its losses, which record their gradients on the pass; <see cref="Pass.Begin"/> has been called.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="examples">The examples of the batch.</param>
    /// <param name="number">The number of the batch, unique within the training; the number of the step if a step is one batch.</param>
    /// <returns>The loss; the gradient is that of its sum. Its weight is 0 if the batch has nothing to learn from.</returns>
    internal abstract BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number);

    /// <summary>Measures the metrics on the validation examples, or returns null if there are none.</summary>
    public virtual Evaluation? Evaluate(CancellationToken cancellationToken) => null;

    /// <summary>The standard deviation of the fresh weights of reinitialized layers: the model's own, if it has one.</summary>
    public virtual double InitializerRange => 0.02;

    /// <summary>The mean loss of a good prediction that is the same for every example; NaN if unknown. Computed on each call.</summary>
    public virtual double ChanceLoss => double.NaN;

    /// <summary>
    /// Adds the task to the fingerprint that distinguishes snapshots: the examples and every setting that changes the losses. By default
    /// these are the number and lengths of the examples.
    /// </summary>
    internal virtual void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        int[] lengths = [.. Enumerable.Range(0, Count).Select(Length)];
        fingerprint.Add("the number of examples", Count);
        fingerprint.AddHash<int>("the examples' lengths", lengths);
    }
}
