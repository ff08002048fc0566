using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace DocumentationExamples;

/// <summary>The C# blocks of docs/automl.md.</summary>
[TestClass]
public sealed class AutoMLExamplesRun
{
    [TestMethod]
    public void Sweep()
    {
        PromptedText[] rows =
        [
            new PromptedText
            {
                Prompt = "The road ran along the edge of", Text = " the wood for a mile or more before it turned down to the village."
            },
            new PromptedText
            {
                Prompt = "She had never been a handsome", Text = " woman, but there was something in her face which made people turn."
            },
            new PromptedText
            {
                Prompt = "It was late in the evening when", Text = " they came to the river, and the ferryman would not come out to them."
            },
        ];
        string directory = Directory.CreateTempSubdirectory("sweep-example").FullName;
        try
        {
            // <example: sweep>
            var mlContext = new MLContext(seed: 1);
            IDataView texts = mlContext.Data.LoadFromEnumerable(rows);    // columns Prompt and Text, the real continuation

            // The settings to try: schedule, sampler, temperature, top-p; and only these numbers of steps.
            var space = new SearchSpace<MaskScheduleSpace>();
            space["Steps"] = new ChoiceOption([4, 8], 8);
            var writer = mlContext.Auto().DiffusionGenerate("Story", "Prompt", space, options => options.MaxNewTokens = 12);

            // How a trial is judged: nearness to the real texts, within a budget of calls. A killed sweep continues from the directory.
            var runner = new GenerationTrialRunner(mlContext, writer, texts,
                options: new GenerationSweepOptions { Budget = 8, Directory = directory });
            TrialResult best = mlContext.Auto().CreateExperiment()
                .SetSweep(runner)
                .SetMaxModelToExplore(4)
                .Run();

            Console.WriteLine(runner.Report.ToMarkdown());
            File.WriteAllText(Path.Combine(directory, "front.svg"), runner.Report.ToSvg());
            mlContext.Model.Save(best.Model, texts.Schema, Path.Combine(directory, "best.zip"));
            // </example>
            Assert.HasCount(4, runner.Report.Trials);
            Assert.IsLessThanOrEqualTo(8, runner.Report.Best!.Calls!.Value);
            Assert.IsInstanceOfType<DiffusionGenerateTransformer>(mlContext.Model.Load(Path.Combine(directory, "best.zip"), out _));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

internal sealed class PromptedText
{
    public string Prompt { get; set; } = "";

    public string Text { get; set; } = "";
}
