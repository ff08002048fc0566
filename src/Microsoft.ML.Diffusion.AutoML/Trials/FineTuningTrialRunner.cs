using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Trials of a trainer: each fits it, and is worth what the trainer's best validation says in its first metric, such as the accuracy of
/// classes, the F1 of answers and entities, or the bound of masked diffusion.
/// </summary>
/// <remarks>
/// The rows to measure on are given to the trainer in <c>configure</c>, as its <c>ValidationSet</c>, or as a share of the rows by its
/// <c>ValidationFraction</c>. The best of many trials looks better on them than it is: measure it on rows that no trial saw.
/// A trial that is behind half of the others at one of its validations is ended there.
/// </remarks>
public sealed class FineTuningTrialRunner : SweepTrialRunner
{
    /// <summary>Makes trials.</summary>
    /// <param name="mlContext">The context: its engine and log are the trials'.</param>
    /// <param name="trainer">What is fitted: an estimator of <see cref="DiffusionAutoCatalog"/>, or a pipeline with one.</param>
    /// <param name="data">The rows to learn from.</param>
    /// <param name="options">How trials are run; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FineTuningTrialRunner(MLContext mlContext, ISweepable<IEstimator<ITransformer>> trainer, IDataView data, SweepOptions? options = null)
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
                ? "The training measured nothing. Set ValidationSet, or ValidationFraction, in configure."
                : "Nothing was heard of a training. Sweep an estimator of mlContext.Auto(): BertTextClassification, BertQuestionAnswering, BertNamedEntityRecognition or MaskedDiffusion.");
        }
        return model;
    }

    private protected override string DescribeTrials() => string.Create(
        CultureInfo.InvariantCulture,
        $"fine-tuning on {Data.GetRowCount()?.ToString(CultureInfo.InvariantCulture) ?? "some"} rows of {string.Join(", ", Data.Schema.Select(column => $"{column.Name} ({column.Type})"))}");

    /// <summary>The values by their names, numbers of three digits.</summary>
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

    /// <summary>Hears how a training goes.</summary>
    private sealed class Observer(TrialRun run) : IProgress<TrainingProgress>
    {
        public bool WasCalled { get; private set; }

        public void Report(TrainingProgress value)
        {
            WasCalled = true;
            if (value.Validation?.Deciding is not Metric metric)
                return;
            (run.MetricName, run.HigherIsBetter) = (metric.Name, metric.HigherIsBetter);
            // The model is that of the best validation, so that is what the trial is worth.
            if (double.IsNaN(run.Metric) || (metric.HigherIsBetter ? metric.Value > run.Metric : metric.Value < run.Metric))
                run.Metric = metric.Value;
            run.AddPoint(value.Epoch, isEnd: value.Step == value.Steps);
        }
    }
}
