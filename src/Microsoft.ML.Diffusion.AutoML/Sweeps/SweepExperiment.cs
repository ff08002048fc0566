using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;

namespace Microsoft.ML;

/// <summary>Puts this project's trials into an experiment of AutoML's.</summary>
public static class SweepExperiment
{
    /// <summary>
    /// Has an experiment run these trials: with what they sweep as its search space, and <see cref="SweepTuner"/>, in whose place another
    /// tuner may be set afterwards, such as by <c>SetGridSearchTuner</c>.
    /// </summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="runner">The trials.</param>
    public static AutoMLExperiment SetSweep(this AutoMLExperiment experiment, SweepTrialRunner runner)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(runner);
        var space = new SearchSpace.SearchSpace { [SweepTrialRunner.SpaceName] = runner.SearchSpace };
        return experiment.AddSearchSpace(SweepTrialRunner.SpaceName, runner.SearchSpace).SetTrialRunner(runner).SetTuner(new SweepTuner(space, runner.Seed));
    }
}
