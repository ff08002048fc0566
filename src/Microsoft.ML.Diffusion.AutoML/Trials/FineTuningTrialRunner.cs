using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Trials of a trainer. Each trial fits the trainer, and its score is the best validation in the trainer's first metric, such as the
/// accuracy of classes, the F1 of answers and entities, or the bound of masked diffusion.
/// </summary>
/// <remarks>
/// Set the validation rows in <c>configure</c>, with the trainer's <c>ValidationSet</c>, or as a share of the rows with its
/// <c>ValidationFraction</c>. The best of many trials looks better on them than it is: measure it on rows that no trial saw.
/// A trial that is worse than half of the earlier trials at one of its validations is stopped there.
/// </remarks>
public sealed class FineTuningTrialRunner : SweepTrialRunner
{
    /// <summary>Creates the trials.</summary>
    /// <param name="mlContext">The context, which provides the engine and the log.</param>
    /// <param name="trainer">The trainer: an estimator of <see cref="DiffusionAutoCatalog"/>, or a pipeline with one.</param>
    /// <param name="data">The training rows.</param>
    /// <param name="options">The options of the sweep; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FineTuningTrialRunner(MLContext mlContext, ISweepable<IEstimator<ITransformer>> trainer, IDataView data,
        SweepOptions? options = null)
        : base(mlContext, trainer, data, options ?? new SweepOptions())
    {
    }

    private protected override ITransformer RunTrial(TrialRun run, Parameter values, CancellationToken cancellationToken)
    {
        run.Settings = Describe(values);
        var observer = new Observer(run);
        MLContext context = NewContext(Seed, observer, cancellationToken);
        var watch = Stopwatch.StartNew();
        ITransformer model;
        try
        {
            model = Sweepable.BuildFromOption(context, values).Fit(Data);
        }
        finally
        {
            run.Milliseconds = watch.Elapsed.TotalMilliseconds;
        }
        if (double.IsNaN(run.Metric))
        {
            (model as IDisposable)?.Dispose();
            throw new InvalidOperationException(observer.WasCalled
                ? "The training had no validation. Set ValidationSet, or ValidationFraction, in configure."
                : "No training reported its progress. Sweep an estimator of mlContext.Auto(): BertTextClassification, " +
                    "BertQuestionAnswering, BertNamedEntityRecognition or MaskedDiffusion.");
        }
        return model;
    }

    private protected override string DescribeTrials() => string.Create(
        CultureInfo.InvariantCulture,
        $"fine-tuning on {Data.GetRowCount()?.ToString(CultureInfo.InvariantCulture) ?? "some"} rows of " +
            $"{string.Join(", ", Data.Schema.Select(column => $"{column.Name} ({column.Type})"))}");

    /// <summary>The values with their names; numbers have three digits.</summary>
    private static string Describe(Parameter values)
    {
        return string.Join(", ", Parts(values));

        static IEnumerable<string> Parts(IEnumerable<KeyValuePair<string, Parameter>> parameters) => parameters.SelectMany(part =>
            part.Value.ParameterType switch
            {
                ParameterType.Object => Parts(part.Value),
                ParameterType.Number => [string.Create(CultureInfo.InvariantCulture, $"{part.Key} {part.Value.AsType<double>():G3}")],
                _ => (IEnumerable<string>)[$"{part.Key} {part.Value.ToString().Trim('"')}"],
            });
    }

    /// <summary>Receives the progress of a training.</summary>
    private sealed class Observer(TrialRun run) : IProgress<TrainingProgress>
    {
        public bool WasCalled { get; private set; }

        public void Report(TrainingProgress value)
        {
            WasCalled = true;
            if (value.Validation?.Deciding is not Metric metric)
                return;
            (run.MetricName, run.HigherIsBetter) = (metric.Name, metric.HigherIsBetter);
            // The model is that of the best validation, so that validation is the trial's score.
            if (double.IsNaN(run.Metric) || (metric.HigherIsBetter ? metric.Value > run.Metric : metric.Value < run.Metric))
                run.Metric = metric.Value;
            run.AddPoint(value.Epoch, isEnd: value.Step == value.Steps);
        }
    }
}
