using System.Globalization;
using ClassifyText;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace SweepClassifier;

/// <summary>
/// The sweep: the settings to try, the trials with their table and picture, and a comparison of the best on questions that no trial saw.
/// </summary>
internal static class Sweep
{
    public static async Task RunAsync(Question[] learned, Question[] validation, Question[] test, SweepArguments arguments,
        CancellationToken cancellationToken)
    {
        var mlContext = new MLContext(arguments.Seed);
        // The categories become keys once, before the trials, so all trials have the same keys.
        var keys = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Question.Category))
            .Fit(mlContext.Data.LoadFromEnumerable(learned));
        IDataView learnedRows = keys.Transform(mlContext.Data.LoadFromEnumerable(learned));
        IDataView validationRows = keys.Transform(mlContext.Data.LoadFromEnumerable(validation));
        IDataView testRows = keys.Transform(mlContext.Data.LoadFromEnumerable(test));

        var space = new SearchSpace<TextClassificationSpace>();
        space["Epochs"] = new ChoiceOption([.. s_epochs.Where(epochs => epochs <= arguments.MostEpochs).Cast<object>()],
            Math.Min(3, arguments.MostEpochs));
        SweepableEstimator trainer = mlContext.Auto()
            .BertTextClassification(space: space, configure: options => options.ValidationSet = validationRows);
        var runner = new FineTuningTrialRunner(mlContext, trainer, learnedRows, new SweepOptions
        {
            Seed = arguments.Seed,
            Directory = arguments.Directory,
            Progress = new Printer(),
        });
        Console.WriteLine($"{learned.Length} questions to learn from, {validation.Length} to choose by, {test.Length} that no trial sees");
        TrialResult best = await mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(arguments.Trials)
            .RunAsync(cancellationToken);

        Console.WriteLine();
        Console.WriteLine(runner.Report.ToMarkdown());
        string plot = Path.Combine(arguments.Directory ?? ".", "sweep.svg");
        await File.WriteAllTextAsync(plot, runner.Report.ToSvg(), cancellationToken);
        Console.WriteLine($"The trials are drawn in {plot}.");
        Console.WriteLine($"accuracy on {test.Length} questions that no trial saw:");
        for (int seed = 0; seed < arguments.Seeds; seed++)
        {
            double found = Measure(context => runner.BuildEstimator(context, best), 100 + seed);
            double plain =
                Measure(context => context.MulticlassClassification.Trainers.BertTextClassification(
                    options: new BertTextClassificationEstimator.Options { ValidationSet = validationRows }), 100 + seed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  seed {100 + seed}: best {found:F3}, default {plain:F3}"));
        }

        double Measure(Func<MLContext, IEstimator<ITransformer>> make, int seed)
        {
            var context = new MLContext(seed);
            ITransformer model = make(context).Fit(learnedRows);
            double accuracy = context.MulticlassClassification.Evaluate(model.Transform(testRows)).MicroAccuracy;
            (model as IDisposable)?.Dispose();
            return accuracy;
        }
    }

    private static readonly int[] s_epochs = [1, 2, 3, 4, 6, 8];

    private sealed class Printer : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => Console.WriteLine(value);
    }
}
