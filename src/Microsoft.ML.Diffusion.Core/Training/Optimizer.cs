using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// AdamW with bias correction over two groups of parameters, matrices (with weight decay) and vectors (without), after scaling
/// all gradients to a norm.
/// </summary>
internal sealed class Optimizer(Engine engine, ParameterSet parameters, TrainingOptions options)
{
    private long _updates;

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in parameters.All)
            engine.Clear(parameter.Gradient!);
    }

    /// <summary>Makes a step and returns the norm of the gradients before they are scaled down.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="divisor">What the gradients are divided by first: the weight of the loss whose sum they belong to.</param>
    /// <exception cref="ArithmeticException">The norm is not a number.</exception>
    public double Step(double rate, double divisor = 1)
    {
        double squares = 0;
        foreach (Parameter parameter in parameters.All)
            squares += engine.SumOfSquares(parameter.Gradient!);
        double norm = Math.Sqrt(squares) / divisor;
        if (!double.IsFinite(norm))
            throw new ArithmeticException($"The gradients' norm is {norm} at update {_updates + 1}. The training has diverged: lower LearningRate (it is {options.LearningRate}) or ClipNorm, or check the model's weights.");
        _updates++;
        var step = new AdamWStep(
            rate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay,
            GradientScale: options.ClipNorm > 0 && norm > options.ClipNorm ? options.ClipNorm / norm / divisor : 1 / divisor,
            Correction1: 1 - Math.Pow(options.Beta1, _updates), Correction2: 1 - Math.Pow(options.Beta2, _updates));
        foreach (Parameter parameter in parameters.All)
            engine.Update(parameter, parameter.IsVector ? step with { WeightDecay = 0 } : step);
        return norm;
    }
}
