using System.Globalization;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>Passes the progress of a training on, on the thread that reports it.</summary>
internal sealed class TrainingReports(Action<double, string> report) : IProgress<TrainingProgress>
{
    /// <summary>The last progress.</summary>
    public TrainingProgress Last { get; private set; }

    /// <summary>The last validation; null if there was none.</summary>
    public Diffusion.Training.Evaluation? Validation { get; private set; }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        (Last, Validation) = (value, value.Validation ?? Validation);
        report((double)value.Step / value.Steps, string.Create(CultureInfo.InvariantCulture,
            $"step {value.Step} of {value.Steps}, loss {value.Loss:F3}, {value.Remaining:hh\\:mm\\:ss} left"));
    }
}
