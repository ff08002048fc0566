using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace SweepSchedules;

/// <summary>The sweep: the settings to try, the trials with their table and picture, and a comparison of the best.</summary>
internal static class Sweep
{
    private static readonly int[] s_steps = [8, 12, 16, 24, 32, 48];

    public static async Task RunAsync(Passage[] passages, SweepArguments arguments, CancellationToken cancellationToken)
    {
        Passage[] all = Passage.Spread(passages, arguments.Prompts + arguments.HeldOut);
        // Every n-th passage is held out, so that both sets come from all parts of the text.
        Passage[] heldOut = [.. all.Where((_, i) => IsHeldOut(i))], tried = [.. all.Where((_, i) => !IsHeldOut(i))];
        var mlContext = new MLContext(arguments.Seed);

        var space = new SearchSpace<MaskScheduleSpace>();
        // No trial makes more denoiser calls than allowed; the first has the default settings and that number of steps.
        space["Steps"] =
            new ChoiceOption([.. s_steps.Where(steps => steps < arguments.Calls).Append(arguments.Calls).Cast<object>()], arguments.Calls);
        SweepableEstimator writer = mlContext.Auto()
            .DiffusionGenerate("Story", nameof(Passage.Prompt), space, options => options.MaxNewTokens = arguments.Tokens);
        var runner = new GenerationTrialRunner(mlContext, writer, mlContext.Data.LoadFromEnumerable(tried),
            options: new GenerationSweepOptions
        {
            Seed = arguments.Seed,
            Budget = arguments.Calls,
            Directory = arguments.Directory,
            Progress = new Printer(),
        });
        TrialResult best = await mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(arguments.Trials)
            .RunAsync(cancellationToken);

        Console.WriteLine();
        Console.WriteLine(runner.Report.ToMarkdown());
        string plot = Path.Combine(arguments.Directory ?? ".", "sweep.svg");
        await File.WriteAllTextAsync(plot, runner.Report.ToSvg(), cancellationToken);
        Console.WriteLine($"The front of quality against cost is drawn in {plot}.");
        int calls = (int)Math.Ceiling(runner.Report.Best!.Calls!.Value);
        if (heldOut.Length > 0)
        {
            Comparison.Run(
                heldOut, arguments.Tokens, arguments.Seeds, context => runner.BuildEstimator(context, best),
                context => context.Transforms.Text.DiffusionGenerate(
                    "Story", nameof(Passage.Prompt),
                    new DiffusionGenerateEstimator.Options { MaxNewTokens = arguments.Tokens, Steps = calls }));
        }

        bool IsHeldOut(int index) => arguments.HeldOut > 0 &&
            (long)index * arguments.HeldOut / all.Length != (long)(index + 1) * arguments.HeldOut / all.Length;
    }

    private sealed class Printer : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => Console.WriteLine(value);
    }
}
