using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// AdamW over the trainable parameters, after scaling all gradients down to a maximum norm. Each has its layer's
/// share of the rate; matrices have weight decay, vectors do not. It also updates the running average of the weights, if requested.
/// </summary>
internal sealed class Optimizer
{
    /// <summary>ε in google-research/bert's optimization.py.</summary>
    private const double BertAdamEpsilon = 1e-6;

    private readonly Engine _engine;
    private readonly TrainingOptions _options;
    private readonly Parameter[] _learning;

    /// <summary>The trainable parameters, in groups with the same update.</summary>
    private readonly (Parameter[] Parameters, double RateFactor, bool Decays)[] _groups;

    /// <summary>
    /// Allocates zeroed optimizer state for the trainable parameters, and frees it for the frozen ones.
    /// </summary>
    /// <exception cref="ArgumentException">The options name more layers than there are, or all parameters are frozen.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public Optimizer(Engine engine, ParameterSet parameters, TrainingOptions options, CancellationToken cancellationToken = default)
    {
        (_engine, _options) = (engine, options);
        var depths = new ParameterDepths(parameters);
        depths.Check(options);
        _learning = [.. parameters.All.Where(parameter => !depths.IsFrozen(parameter, options))];
        _groups = [.. _learning.GroupBy(parameter => (Factor: depths.RateFactor(parameter, options), Decays: !parameter.IsVector)).Select(
            group => (group.ToArray(), group.Key.Factor, group.Key.Decays))];
        if (_learning.Length == 0)
            throw new ArgumentException("All parameters are frozen, so there is nothing to train. Lower FrozenLayers.", nameof(options));
        foreach (Parameter parameter in parameters.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (depths.IsFrozen(parameter, options))
                engine.ReleaseTraining([parameter]);
            else
                engine.CreateTraining([parameter], options.EmaDecay > 0);
        }
    }

    /// <summary>The trainable parameters.</summary>
    public IReadOnlyList<Parameter> Learning => _learning;

    /// <summary>The number of updates so far.</summary>
    public long Updates { get; set; }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients() => _engine.ClearGradients(_learning);

    /// <summary>The norm of the gradients; waits for the device.</summary>
    /// <param name="divisor">The divisor of the gradients: the weight of the loss sum that they belong to.</param>
    public double Norm(double divisor) => Math.Sqrt(_engine.SumOfSquares(_learning)) / divisor;

    /// <summary>Makes a step, and returns the norm of the gradients before they are scaled down.</summary>
    /// <inheritdoc cref="Step(double, double, double, CancellationToken)"/>
    public double Step(double rate, double divisor = 1, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        double norm = Norm(divisor);
        Step(rate, divisor, norm, cancellationToken);
        return norm;
    }

    /// <summary>Makes a step.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="divisor">The divisor of the gradients, applied first: the weight of the loss sum that they belong to.</param>
    /// <param name="norm">The <see cref="Norm"/>.</param>
    /// <param name="cancellationToken">Checked until the weights change.</param>
    /// <exception cref="ArithmeticException">The norm is not a number.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled, and nothing has changed.</exception>
    public void Step(double rate, double divisor, double norm, CancellationToken cancellationToken)
    {
        if (!double.IsFinite(norm))
            throw new ArithmeticException(
                $"The gradients' norm is {norm} at update {Updates + 1}. The training has diverged: lower LearningRate (it is " +
                $"{_options.LearningRate}) or ClipNorm, or check the model's weights.");
        cancellationToken.ThrowIfCancellationRequested();
        Updates++;
        bool corrected = !_options.BertAdam;
        var step = new AdamWStep(
            rate, _options.Beta1, _options.Beta2, corrected ? _options.Epsilon : BertAdamEpsilon, _options.WeightDecay,
            GradientScale: _options.ClipNorm > 0 && norm > _options.ClipNorm ? _options.ClipNorm / norm / divisor : 1 / divisor,
            Correction1: corrected ? 1 - Math.Pow(_options.Beta1, Updates) : 1,
            Correction2: corrected ? 1 - Math.Pow(_options.Beta2, Updates) : 1);
        double decay = Math.Min(_options.EmaDecay, (1.0 + Updates) / (10.0 + Updates));
        foreach ((Parameter[] parameters, double factor, bool decays) in _groups)
            _engine.Update(parameters, step with { Rate = rate * factor, WeightDecay = decays ? step.WeightDecay : 0 });
        if (_options.EmaDecay > 0)
            _engine.Average(_learning, decay);
    }

    /// <summary>Swaps the weights and their averages; does nothing if there are no averages.</summary>
    public void ExchangeAverages() => _engine.ExchangeAverages(_learning);
}
