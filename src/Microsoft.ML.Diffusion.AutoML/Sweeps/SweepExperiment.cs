using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;

namespace Microsoft.ML;

/// <summary>Connects this project's trials to an experiment of AutoML.</summary>
public static class SweepExperiment
{
    /// <summary>
    /// Makes an experiment run these trials: sets their search space and <see cref="SweepTuner"/>. Another tuner may be set afterwards, for
    /// example by <c>SetGridSearchTuner</c>.
    /// </summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="runner">The trials.</param>
    public static AutoMLExperiment SetSweep(this AutoMLExperiment experiment, SweepTrialRunner runner)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(runner);
        var space = new SearchSpace.SearchSpace { [SweepTrialRunner.SpaceName] = runner.SearchSpace };
        return experiment.AddSearchSpace(SweepTrialRunner.SpaceName, runner.SearchSpace).SetTrialRunner(runner)
            .SetTuner(new SweepTuner(space, runner.Seed));
    }
}
