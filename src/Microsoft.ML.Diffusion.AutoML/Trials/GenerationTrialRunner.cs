using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Trials of writing. Each trial writes after prompts; its score is the distance to the real texts (<see cref="WritingQuality.Distance"/>),
/// and it has a cost. The best trial is the one with the smallest distance within the budget; <see cref="SweepReport.Front"/> has the best
/// quality at each cost.
/// </summary>
/// <remarks>A trial that is worse than half of the earlier trials after some of its prompts is stopped there.</remarks>
public sealed class GenerationTrialRunner : SweepTrialRunner
{
    private readonly GenerationSweepOptions _options;
    private readonly string[] _prompts;
    private readonly string[] _texts;
    private readonly Dictionary<int, WritingJudge> _judges = [];

    /// <summary>Creates the trials.</summary>
    /// <param name="mlContext">The context, which provides the engine and the log.</param>
    /// <param name="writer">
    /// The writer: <see cref="DiffusionAutoCatalog.DiffusionGenerate"/>, or a pipeline that ends with it and does not change the prompts.
    /// </param>
    /// <param name="data">The prompts, and the real texts that followed them; read immediately.</param>
    /// <param name="promptColumnName">The column with the prompts, text.</param>
    /// <param name="textColumnName">The column with the real texts.</param>
    /// <param name="options">The options of the sweep; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are no rows.</exception>
    public GenerationTrialRunner(
        MLContext mlContext, ISweepable<IEstimator<ITransformer>> writer, IDataView data, string promptColumnName = "Prompt",
        string textColumnName = "Text",
        GenerationSweepOptions? options = null) : base(mlContext, writer, data, options ??= new GenerationSweepOptions())
    {
        if (options.Seeds < 1)
            throw new ArgumentException($"Seeds is {options.Seeds}; expected 1 or more.", nameof(options));
        if (options.PromptsAtATime < 1)
            throw new ArgumentException($"PromptsAtATime is {options.PromptsAtATime}; expected 1 or more.", nameof(options));
        if (options.Budget is <= 0 or double.NaN)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Budget is {options.Budget}; expected a number above 0, or null for none."), nameof(options));
        if (options.Judge is null)
            throw new ArgumentException("Judge is null; expected a model, such as EncoderModel.Default.", nameof(options));
        _options = options;
        _prompts = [.. data.GetColumn<string>(promptColumnName)];
        _texts = [.. data.GetColumn<string>(textColumnName)];
        if (_prompts.Length == 0)
            throw new ArgumentException("There are no prompts; expected at least one; some dozens are needed for reliable results.",
                nameof(data));
    }

    private protected override ITransformer RunTrial(TrialRun run, Parameter values, CancellationToken cancellationToken)
    {
        run.MetricName = "distance to real text (bits per character)";
        List<ITransformer> fitted = [];
        try
        {
            for (int i = 0; i < _options.Seeds; i++)
                fitted.Add(Sweepable.BuildFromOption(NewContext(Seed + i, observer: null, cancellationToken), values).Fit(Data));
            Measure(run, [.. fitted.Select(FindWriter)], cancellationToken);
        }
        catch
        {
            Free(fitted);
            throw;
        }
        Free(fitted.Skip(1));
        return fitted[0];
    }

    private protected override string DescribeTrials() => string.Create(
        CultureInfo.InvariantCulture,
        $"writing after {_prompts.Length} prompts ({Hash(_prompts.Concat(_texts))}), {_options.PromptsAtATime} at a time, " +
            $"{_options.Seeds} seeds, "
        + $"judged by {_options.Judge}, budget {_options.Budget?.ToString(CultureInfo.InvariantCulture) ?? "none"} {_options.CostUnit}");

    /// <summary>Writes after each prompt with every writer, which differ by their seeds alone, and measures the texts.</summary>
    private void Measure(TrialRun run, DiffusionGenerateTransformer[] writers, CancellationToken cancellationToken)
    {
        GenerationSettings settings = writers[0].Settings;
        run.Settings = Describe(settings);
        if (!_judges.TryGetValue(settings.MaxNewTokens, out WritingJudge? judge))
            _judges.Add(settings.MaxNewTokens, judge = new WritingJudge(_options.Judge, _prompts, _texts, settings.MaxNewTokens));
        List<(int Prompt, string Text)> written = [];
        long calls = 0;
        double milliseconds = 0;
        for (int start = 0; start < _prompts.Length; start += _options.PromptsAtATime)
        {
            int end = Math.Min(_prompts.Length, start + _options.PromptsAtATime);
            foreach (DiffusionGenerateTransformer writer in writers)
            {
                var watch = Stopwatch.StartNew();
                IReadOnlyList<GeneratedText> texts = writer.Generate(_prompts[start..end], cancellationToken: cancellationToken);
                milliseconds += watch.Elapsed.TotalMilliseconds;
                calls += texts.Sum(text => (long)text.Calls);
                written.AddRange(texts.Select((text, i) => (start + i / settings.Samples, text.Text)));
            }
            WritingQuality quality = judge.Measure(written, cancellationToken);
            (run.Metric, run.Calls, run.Milliseconds) = (quality.Distance, calls / (double)written.Count, milliseconds / written.Count);
            run.IsOverBudget = (_options.CostUnit == CostUnit.DenoiserCalls ? run.Calls : run.Milliseconds) > _options.Budget;
            run.Measures["bits per character"] = quality.BitsPerCharacter;
            run.Measures["real bits per character"] = quality.RealBitsPerCharacter;
            run.Measures["token entropy"] = quality.TokenEntropy;
            run.Measures["real token entropy"] = quality.RealTokenEntropy;
            run.Measures["repetition rate"] = quality.RepetitionRate;
            run.AddPoint(end, isEnd: end == _prompts.Length);
        }
    }

    private static void Free(IEnumerable<ITransformer> fitted)
    {
        foreach (ITransformer transformer in fitted)
            (transformer as IDisposable)?.Dispose();
    }

    private static DiffusionGenerateTransformer FindWriter(ITransformer fitted) =>
        fitted as DiffusionGenerateTransformer
            ?? (fitted as IEnumerable<ITransformer>)?.OfType<DiffusionGenerateTransformer>().LastOrDefault()
        ?? throw new InvalidOperationException(
            $"A trial's transformer is {fitted.GetType().Name}, which does not write. Sweep mlContext.Auto().DiffusionGenerate, or a " +
            "pipeline that ends with it.");

    private static string Describe(GenerationSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{settings.Schedule.ToText()}, {settings.Sampler}, {settings.Steps} steps, temperature {settings.Temperature}, top-p " +
        $"{settings.TopP}");
}
