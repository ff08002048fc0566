using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>The metrics of multiclass classification.</summary>
public enum MulticlassClassificationMetric
{
    MicroAccuracy = 0,
    MacroAccuracy = 1,
}

/// <summary>Sets the parts of an experiment.</summary>
public static class AutoMLExperimentExtension
{
    private const string PipelineName = "_pipeline_";

    public static AutoMLExperiment SetPipeline(this AutoMLExperiment experiment, SweepablePipeline pipeline)
    {
        experiment.PipelineRunner.Make = (context, parameter) => pipeline.BuildFromOption(context, parameter[PipelineName]);
        experiment.PipelineRunner.Parent = experiment.Context;
        return experiment.AddSearchSpace(PipelineName, pipeline.SearchSpace).SetTrialRunner(experiment.PipelineRunner)
            .SetRandomSearchTuner();
    }

    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, DataOperationsCatalog.TrainTestData trainValidationSplit)
    {
        (experiment.PipelineRunner.Train, experiment.PipelineRunner.Validation) =
            (trainValidationSplit.TrainSet, trainValidationSplit.TestSet);
        return experiment;
    }

    public static AutoMLExperiment SetMulticlassClassificationMetric(
        this AutoMLExperiment experiment, MulticlassClassificationMetric metric, string labelColumn = "label",
        string predictedColumn = "PredictedLabel")
    {
        experiment.PipelineRunner.Evaluate = (context, data) =>
        {
            MulticlassClassificationMetrics metrics =
                context.MulticlassClassification.Evaluate(data, labelColumn, predictedLabelColumnName: predictedColumn);
            return metric == MulticlassClassificationMetric.MicroAccuracy ? metrics.MicroAccuracy : metrics.MacroAccuracy;
        };
        return experiment;
    }

    public static AutoMLExperiment SetRandomSearchTuner(this AutoMLExperiment experiment, int? seed = null)
    {
        seed ??= experiment.Settings.Seed;
        Random random = seed is int value ? new Random(value) : new Random();
        return experiment.SetTuner(new Tuner(Places()));

        IEnumerable<Parameter> Places()
        {
            SearchSpace.SearchSpace space = experiment.Settings.SearchSpace;
            while (true)
                yield return space.SampleFromFeatureSpace([.. Enumerable.Range(0, space.FeatureSpaceDim).Select(_ => random.NextDouble())]);
        }
    }

    public static AutoMLExperiment SetGridSearchTuner(this AutoMLExperiment experiment, int step = 10)
    {
        return experiment.SetTuner(new Tuner(Places()));

        IEnumerable<Parameter> Places()
        {
            SearchSpace.SearchSpace space = experiment.Settings.SearchSpace;
            IEnumerable<double[]> grid = [[]];
            foreach (int count in space.Step.Select(s => s ?? step))
                grid = grid.SelectMany(place => Enumerable.Range(0, count).Select(i => (double[])[.. place, (double)i / count]));
            while (true)
            {
                foreach (double[] place in grid)
                    yield return space.SampleFromFeatureSpace(place);
            }
        }
    }

    /// <summary>Proposes the parameters of a list, one after the other.</summary>
    private sealed class Tuner(IEnumerable<Parameter> proposals) : ITuner
    {
        private readonly IEnumerator<Parameter> _proposals = proposals.GetEnumerator();

        public Parameter Propose(TrialSettings settings) => _proposals.MoveNext() ? _proposals.Current : throw new UnreachableException();

        public void Update(TrialResult result) { }
    }
}
