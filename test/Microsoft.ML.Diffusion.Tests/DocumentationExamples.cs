// <example: pipeline>
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
// </example>
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace DocumentationExamples;

/// <summary>
/// The C# blocks of the README and the docs, which DocumentationTests compares with the regions marked here. Regions of one name
/// make one block.
/// </summary>
[TestClass]
public sealed class ExamplesRun
{
    private const string Prompt = "It was a dark night, and";

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Pipeline()
    {
        // <example: pipeline>
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(
        [
            new Row { Prompt = "It was a dark night, and" },
            new Row { Prompt = "\"My dear Elizabeth,\" said her mother, \"" },
        ]);

        var pipeline = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt",
            new DiffusionGenerateEstimator.Options
            {
                MaxNewTokens = 96,
                Steps = 96,
                Schedule = MaskSchedule.Cosine,
                Sampler = Sampler.TopConfidence(),
                Temperature = 0.9,
                TopP = 0.95,
            });
        ITransformer model = pipeline.Fit(data);

        foreach (Row row in mlContext.Data.CreateEnumerable<Row>(model.Transform(data), reuseRowObject: false))
            Console.WriteLine(row.Prompt + row.Story);
        // </example>
        Assert.IsTrue(model.Transform(data).GetColumn<string>("Story").All(story => story.Length > 20));
    }

    [TestMethod]
    public void Own_checkpoint()
    {
        string directory = Directory.CreateTempSubdirectory(TestContext.TestName).FullName;
        try
        {
            foreach (string name in EncoderModel.Default.Files.Names)
            {
                using ModelFile file = EncoderModel.Default.Files.Open(name);
                File.WriteAllBytes(Path.Combine(directory, name), file.ReadAllBytes(int.MaxValue));
            }
            // <example: checkpoint>
            var options = new DiffusionGenerateEstimator.Options
            {
                Model = EncoderModel.FromDirectory(directory),
                MaxNewTokens = 64,
                Steps = 32,
            };
            // </example>
            var mlContext = new MLContext(seed: 1);
            using DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options)
                .Fit(mlContext.Data.LoadFromEnumerable([new Row()]));
            Assert.HasCount(64, transformer.Generate([Prompt])[0].TokenIds);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public void Save_and_load()
    {
        string modelPath = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.zip");
        try
        {
            Assert.AreEqual(Save(modelPath), Load(modelPath));
        }
        finally
        {
            File.Delete(modelPath);
        }
    }

    [TestMethod]
    public void Teach()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(0, 20).Select(i => new Example { Prompt = $"Question {i}:", Text = $" what is {i} and {i}?" }));
        // <example: teach>
        var teach = mlContext.Transforms.Text.MaskedDiffusion("Story", promptColumnName: "Prompt", textColumnName: "Text",
            new MaskedDiffusionEstimator.Options { Epochs = 3, LearningRate = 3e-4, MaxNewTokens = 16 });
        using DiffusionGenerateTransformer taught = teach.Fit(texts);
        // </example>
        Assert.AreEqual(16, taught.Generate(["Question 3:"])[0].TokenIds.Count);
    }

    [TestMethod]
    public void Resumable()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(0, 20).Select(i => new Example { Prompt = $"Question {i}:", Text = $" what is {i} and {i}?" }));
        string checkpoints = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}");
        try
        {
            // <example: resumable>
            var options = new MaskedDiffusionEstimator.Options
            {
                Epochs = 10,
                ValidationFraction = 0.1,
                Patience = 3,                       // evaluations without improvement; the best weights are kept
                AveragingDecay = 0.999,             // measure and keep a running average of the weights
                CheckpointDirectory = checkpoints,  // after an interruption the same Fit goes on from here
                CheckpointInterval = 200,
                Seed = 1,
            };
            using DiffusionGenerateTransformer taught = mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options).Fit(texts);
            // </example>
            Assert.HasCount(1, Directory.GetDirectories(checkpoints));
        }
        finally
        {
            Directory.Delete(checkpoints, recursive: true);
        }
    }

    [TestMethod]
    public void Bound()
    {
        string text = "It was a dark night, and the old house by the sea was still. Nobody had lived in it for years.";
        // <example: bound>
        EncoderModel source = EncoderModel.Default;
        using MaskedLanguageModel model = source.LoadMaskedLanguageModel(CpuEngine.Shared);
        using var denoiser = new ModelDenoiser(model, source.Tokenizer.MaskToken);

        var texts = new MaskedTexts(source.Tokenizer, model.Configuration.MaxLength);
        texts.Add(prompt: "", text);
        var estimator = new NelboEstimator(denoiser, new NelboOptions { Draws = 32, Seed = 1 }, source.Tokenizer.IsSpecial);
        BoundReport report = estimator.Estimate(texts.Sequences, texts.Leading);
        Console.WriteLine($"at most {report.BitsPer([text.Length]).Bits:F2} bits per character");
        // </example>
        Assert.IsInRange(0.5, 5, report.BitsPer([text.Length]).Bits);
    }

    private static string Save(string modelPath)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new Row { Prompt = Prompt }]);
        ITransformer model = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options { Steps = 8 }).Fit(data);
        // <example: save>
        mlContext.Model.Save(model, data.Schema, modelPath);
        // </example>
        return model.Transform(data).GetColumn<string>("Story").Single();
    }

    private static string Load(string modelPath)
    {
        // <example: load>
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(modelPath, out DataViewSchema inputSchema);
        using PredictionEngine<Row, Row> engine = mlContext.Model.CreatePredictionEngine<Row, Row>(model);
        string story = engine.Predict(new Row { Prompt = "It was a dark night, and" }).Story;
        // </example>
        Assert.AreEqual("Prompt", inputSchema[0].Name);
        return story;
    }
}

// <example: pipeline>
public sealed class Row
{
    public string Prompt { get; set; } = "";

    public string Story { get; set; } = "";
}
// </example>

internal sealed class Example
{
    public string Prompt { get; set; } = "";

    public string Text { get; set; } = "";
}
