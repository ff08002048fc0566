using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace WriteStories;

/// <summary>The README's pipeline: a column of prompts in, a column of stories out.</summary>
internal static class Stories
{
    public static void Write(IReadOnlyList<string> prompts, EncoderModel model, int seed, int tokens, int steps, FileInfo? svg,
        FileInfo? animation)
    {
        var mlContext = new MLContext(seed);
        IDataView data = mlContext.Data.LoadFromEnumerable(prompts.Select(prompt => new Input { Prompt = prompt }));
        DiffusionGenerateEstimator write =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options
        {
            Model = model,
            MaxNewTokens = tokens,
            Steps = steps,
            Schedule = MaskSchedule.Cosine,
            Sampler = Sampler.TopConfidence(),
            Temperature = 0.9,
            TopP = 0.95,
            PromptTooLong = PromptTooLong.KeepEnd,
        });
        using DiffusionGenerateTransformer writer = write.Fit(data);

        // The same work as the pipeline's, with an observer that draws each step; one prompt at a time, so that it fits on a screen.
        IDenoisingView view = DenoisingViews.Create(model.Tokenizer);
        foreach (string prompt in prompts)
            view.Show(prompt, observer => writer.Generate([prompt], observer));

        if (svg is not null || animation is not null)
        {
            var recorder = new TraceRecorder(model.Tokenizer);
            writer.Generate([prompts[0]], recorder);
            if (svg is not null)
                File.WriteAllText(svg.FullName, TracePicture.ToSvg(recorder.Traces[0]));
            if (animation is not null)
                File.WriteAllText(animation.FullName, TracePicture.ToAnimatedSvg(recorder.Traces[0]));
        }

        Console.WriteLine();
        foreach (Output row in mlContext.Data.CreateEnumerable<Output>(writer.Transform(data), reuseRowObject: false))
        {
            Console.WriteLine($"{row.Prompt}{row.Story}");
            Console.WriteLine();
        }
    }

    private sealed class Input
    {
        public string Prompt { get; set; } = "";
    }

    private sealed class Output
    {
        public string Prompt { get; set; } = "";

        public string Story { get; set; } = "";
    }
}
