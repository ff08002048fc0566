using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>Names the options that decide how much of a device's memory a training needs.</summary>
internal static class TrainingMemory
{
    /// <summary>A Fit needed too much.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="estimator">The estimator's name.</param>
    /// <param name="options">The estimator's options.</param>
    /// <param name="exception">The engine's exception.</param>
    public static InsufficientMemoryException Exhausted(Engine engine, string estimator, TrainerOptions options, Exception exception)
    {
        string tokens = options.BatchTokens > 0
            ? $"Lower {nameof(options.BatchTokens)}, which is {options.BatchTokens}"
            : $"Give {nameof(options.BatchTokens)} a small number";
        string less = options.BatchSize > 0 ? $"{tokens}, or {nameof(options.BatchSize)}, which is {options.BatchSize}" : tokens;
        string trial = options.BatchTokens > 0 ? $", set {nameof(options.BatchTokens)} to 0 for a trial of what fits" : "";
        string recompute = options.GradientCheckpointing ? "" : $", set {nameof(options.GradientCheckpointing)} to true";
        return ExhaustedMemory.Make(engine, $"for the Fit of {estimator}",
            $"{less} (and raise {nameof(options.AccumulationSteps)}, for the same step){trial}{recompute}, shorten the texts (MaxLength)",
            exception);
    }
}
