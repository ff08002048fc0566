using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Diffusion;
using WriteStories;

namespace Tour.Parts;

/// <summary>Writes texts after prompts: a column of prompts in, a column of texts out.</summary>
internal sealed class WritePart(int seed, bool quick) : ITourPart
{
    private static readonly string[] s_prompts =
    [
        "\"My dear Elizabeth,\" said her mother, \"",
        "\"Where have you been?\" asked her father. \"",
    ];

    public string Title => "1. It writes, wherever in the text it is most confident";

    public string Run(Screen screen)
    {
        int tokens = quick ? 8 : 48;
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(s_prompts.Select(prompt => new PromptRow { Prompt = prompt }));
        var pipeline = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options
        {
            MaxNewTokens = tokens,
            Steps = tokens, // one token a step
            Sampler = Sampler.TopConfidence(),
            Temperature = 0.7,
            TopP = 0.9,
            RepetitionPenalty = 1.2, // small models like to say a thing twice
            Seed = seed,
        });
        using DiffusionGenerateTransformer writer = pipeline.Fit(data);

        // The same work as the pipeline's, with an observer that draws each step.
        if (screen.IsTerminal)
        {
            var view = new LiveView(EncoderModel.Default.Tokenizer);
            foreach (string prompt in s_prompts)
                view.Show(prompt, observer => writer.Generate([prompt], observer));
        }

        long start = Stopwatch.GetTimestamp();
        StoryRow[] rows = [.. mlContext.Data.CreateEnumerable<StoryRow>(writer.Transform(data), reuseRowObject: false)];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (!screen.IsTerminal)
        {
            foreach (StoryRow row in rows)
                screen.Result((row.Prompt + row.Story).ReplaceLineEndings(" "));
        }
        return $"the pipeline writes {rows.Length * tokens / seconds:F0} tokens a second";
    }
}
