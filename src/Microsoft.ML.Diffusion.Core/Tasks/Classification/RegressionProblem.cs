using System.Globalization;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Each text has a number: squared error. The head learns (target − mean) / deviation, so that neither a fresh head nor the learning rate
/// depends on the targets' unit; <see cref="FoldInto"/> then makes it predict in that unit.
/// </summary>
public sealed class RegressionProblem : SequenceProblem
{
    /// <summary>The name of the problem in <c>config.json</c>.</summary>
    public const string ProblemName = "regression";

    private readonly double _mean, _deviation;

    /// <summary>Makes a problem whose head predicts numbers in the unit of the targets.</summary>
    internal RegressionProblem() => _deviation = 1;

    /// <summary>Makes a problem whose head learns numbers of mean 0 and deviation 1.</summary>
    /// <param name="targets">The training targets, from which the mean and the standard deviation are computed.</param>
    /// <exception cref="ArgumentException">There is no number, or one is not finite.</exception>
    public RegressionProblem(ReadOnlySpan<float> targets)
    {
        if (targets.IsEmpty || targets.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw new ArgumentException("There are no targets, or one is NaN or infinite; expected finite numbers.", nameof(targets));
        double sum = 0, squares = 0;
        foreach (float target in targets)
            sum += target;
        _mean = sum / targets.Length;
        foreach (float target in targets)
            squares += (target - _mean) * (target - _mean);
        _deviation = squares > 0 ? Math.Sqrt(squares / targets.Length) : 1;
    }

    /// <inheritdoc/>
    public override string Name => ProblemName;

    /// <summary>1: the number.</summary>
    internal override int TargetSize(int outputs) => 1;

    /// <summary>
    /// Builds the scale into the head's last layer. Its output is then in the targets' unit, which <see cref="RegressionProblem()"/> reads.
    /// </summary>
    /// <param name="model">The model, not yet packed for inference.</param>
    public void FoldInto(TaskModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Change(model, model.Head.Output.Weight, weight => weight * _deviation);
        Change(model, model.Head.Output.Bias!, bias => bias * _deviation + _mean);
    }

    /// <summary>Removes the scale from the head of a model that was trained before: the opposite of <see cref="FoldInto"/>.</summary>
    /// <param name="model">The model, not packed for inference.</param>
    public void UnfoldFrom(TaskModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Change(model, model.Head.Output.Weight, weight => weight / _deviation);
        Change(model, model.Head.Output.Bias!, bias => (bias - _mean) / _deviation);
    }

    /// <summary>Removes the scale, unless the last layer is freshly initialized.</summary>
    /// <inheritdoc/>
    public override void BeforeTraining(TaskModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.HasFreshOutput)
            UnfoldFrom(model);
    }

    /// <inheritdoc/>
    public override void AfterTraining(TaskModel model) => FoldInto(model);

    private static void Change(TaskModel model, Parameter parameter, Func<double, double> change)
    {
        var values = new float[parameter.Length];
        model.Engine.Read(parameter, 0, values);
        model.Engine.Write(parameter, 0, Array.ConvertAll(values, value => (float)change(value)));
    }

    /// <inheritdoc/>
    public override void Score(ReadOnlySpan<float> logits, Span<float> scores)
    {
        FiniteLogit.Check(logits[0], 0);
        scores[0] = (float)(logits[0] * _deviation + _mean);
    }

    /// <summary>The root of the mean squared error (the deciding metric), in the targets' unit, and
    /// Pearson's and Spearman's correlation.</summary>
    internal override Evaluation Measure(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int outputs)
    {
        double squares = 0;
        for (int i = 0; i < targets.Length; i++)
            squares += Math.Pow((double)scores[i] - targets[i], 2);
        return new Evaluation(
            new Metric("root mean squared error", Math.Sqrt(squares / targets.Length), HigherIsBetter: false),
            new Metric("Pearson", Correlation.Pearson(targets, scores)), new Metric("Spearman", Correlation.Spearman(targets, scores)));
    }

    /// <summary>Its name and settings.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}, mean {_mean:R}, deviation {_deviation:R}");

    internal override double ChanceLoss(ReadOnlySpan<float> targets)
    {
        double squares = 0;
        foreach (float target in targets)
            squares += Math.Pow((target - _mean) / _deviation, 2);
        return squares / targets.Length;
    }

    internal override BatchLoss Loss(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> gradient)
    {
        var scaled = new float[targets.Length];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = (float)((targets[i] - _mean) / _deviation);
        return new BatchLoss(MeanSquaredError.Compute(logits, scaled, [], gradient), scaled.Length);
    }
}
