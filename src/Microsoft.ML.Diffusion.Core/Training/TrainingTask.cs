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
    /// <param name="number">The number of the step, which no other batch of the training has.</param>
    /// <returns>The loss, whose gradient is that of its sum; of weight 0 where the batch has nothing to learn from.</returns>
    public abstract BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number);

    /// <summary>Measures what was learned on the validation examples, or gives null where there are none.</summary>
    public virtual Evaluation? Evaluate(CancellationToken cancellationToken) => null;
}
