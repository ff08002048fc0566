using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// The meaning of a sequence head's logits: one class of several, any number of labels, or a number. It defines the loss, the scores and
/// the metrics.
/// </summary>
public abstract class SequenceProblem
{
    private protected SequenceProblem()
    {
    }

    /// <summary><c>problem_type</c> in <c>config.json</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The problem of a head; one that names none is single-label, as in most checkpoints.</summary>
    /// <exception cref="ArgumentException">It names an unknown problem.</exception>
    internal static SequenceProblem Of(TaskConfiguration task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.Problem switch
        {
            null or SingleLabelProblem.ProblemName => new SingleLabelProblem(task.Outputs),
            MultiLabelProblem.ProblemName => new MultiLabelProblem(task.Outputs),
            RegressionProblem.ProblemName => new RegressionProblem(),
            _ => throw new ArgumentException(
                $"problem_type is \"{task.Problem}\"; expected \"{SingleLabelProblem.ProblemName}\", \"{MultiLabelProblem.ProblemName}\" " +
                    $"or \"{RegressionProblem.ProblemName}\". Correct the model's config.json.", nameof(task)),
        };
    }

    /// <summary>The mean loss of the best prediction that is the same for every text.</summary>
    /// <param name="targets">The texts' targets, [texts × <see cref="TargetSize"/>].</param>
    internal abstract double ChanceLoss(ReadOnlySpan<float> targets);

    /// <summary>The number of values in a text's target, for a head with this many outputs.</summary>
    internal abstract int TargetSize(int outputs);

    /// <summary>The loss of some texts and its gradient.</summary>
    /// <param name="logits">The texts' logits, [texts × outputs].</param>
    /// <param name="targets">The targets, [texts × <see cref="TargetSize"/>].</param>
    /// <param name="gradient">Receives the gradient of the loss's sum with respect to the logits, [texts × outputs].</param>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    internal abstract BatchLoss Loss(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> gradient);

    /// <summary>The scores for a text's logits: probabilities, or the number itself.</summary>
    /// <param name="logits">The text's logits, [outputs].</param>
    /// <param name="scores">Receives the scores, [outputs].</param>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public abstract void Score(ReadOnlySpan<float> logits, Span<float> scores);

    /// <summary>Prepares a loaded head for training on the problem's targets.</summary>
    /// <param name="model">The model, not packed for inference.</param>
    public virtual void BeforeTraining(TaskModel model)
    {
    }

    /// <summary>Changes a trained head so that its output is what <see cref="Of"/> expects.</summary>
    /// <param name="model">The model, not yet packed for inference.</param>
    public virtual void AfterTraining(TaskModel model)
    {
    }

    /// <summary>How well scores agree with targets.</summary>
    /// <param name="scores">The scores of all texts, [texts × outputs].</param>
    /// <param name="targets">Their targets, [texts × <see cref="TargetSize"/>].</param>
    /// <param name="outputs">The number of outputs.</param>
    internal abstract Evaluation Measure(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int outputs);
}
