using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>Names what a device's memory was not enough for, and what to do. Nothing of the computation is left on the device.</summary>
internal static class ExhaustedMemory
{
    /// <summary>Training needed too much.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="estimator">The estimator's name.</param>
    /// <param name="options">The estimator's options.</param>
    /// <param name="exception">The engine's exception.</param>
    public static InsufficientMemoryException InTraining(Engine engine, string estimator, TrainerOptions options, Exception exception)
    {
        string less = options.BatchSize > 0
            ? $"Lower {nameof(options.BatchTokens)}, which is {options.BatchTokens}, or {nameof(options.BatchSize)}, which is " +
                $"{options.BatchSize}"
            : $"Lower {nameof(options.BatchTokens)}, which is {options.BatchTokens}";
        string recompute = options.GradientCheckpointing ? "" : $", set {nameof(options.GradientCheckpointing)} to true";
        return Make(engine, $"for the Fit of {estimator}",
            $"{less} (and raise {nameof(options.AccumulationSteps)}, for the same step){recompute}, shorten the texts (MaxLength)", exception);
    }

    /// <summary>A transformer needed too much.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="transformer">The transformer's name.</param>
    /// <param name="exception">The engine's exception.</param>
    public static InsufficientMemoryException InUse(Engine engine, string transformer, Exception exception) =>
        Make(engine, $"for what {transformer} computed",
            "Lower MaxLength or, for a writer, MaxNewTokens and Samples, dispose models that are not needed", exception);

    /// <summary>A model's weights needed too much.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="exception">The engine's exception.</param>
    public static InsufficientMemoryException InLoading(Engine engine, Exception exception) =>
        Make(engine, "for the model's weights", "Use a smaller model, dispose models that are not needed", exception);

    private static InsufficientMemoryException Make(Engine engine, string what, string advice, Exception exception)
    {
        string last = engine is CpuEngine ? ", or use a computer with more."
            : engine.Precision == Precision.BFloat16 ? ", or compute on the CPU (GpuDeviceId null)."
            : ", choose Precision.BFloat16 for the engine, or compute on the CPU (GpuDeviceId null).";
        return new InsufficientMemoryException($"The memory of '{engine.Name}' is not enough {what}. {advice}{last}", exception);
    }
}
