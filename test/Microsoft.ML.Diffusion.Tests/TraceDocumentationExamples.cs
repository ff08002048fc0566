using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;

namespace DocumentationExamples;

/// <summary>The C# blocks of the pages on traces, measures and options of writing.</summary>
[TestClass]
public sealed class TraceExamplesRun
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Traces_and_measures()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data =
            mlContext.Data.LoadFromEnumerable([new Row { Prompt = "It was a dark night, and" }, new Row { Prompt = "The sea" }]);
        string svgFile = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.svg");
        try
        {
            // <example: trace-column>
            var options = new DiffusionGenerateEstimator.Options { MaxNewTokens = 24, Steps = 24, TraceColumnName = "Trace" };
            using DiffusionGenerateTransformer writer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
            string json = writer.Transform(data).GetColumn<string>("Trace").First();

            DenoisingTrace trace = DenoisingTrace.FromJson(json);
            foreach (TraceStep step in trace.Steps)
            {
                foreach (TraceChange change in step.Changes)
                    Console.WriteLine(
                        $"step {step.Number}: position {change.Position} {change.Kind} '{trace.TokenTexts[change.Token]}', " +
                        $"{change.Probability:P1}");
            }
            File.WriteAllText(svgFile, TracePicture.ToSvg(trace));
            // </example>
            Assert.AreEqual(24, trace.Steps.Sum(step => step.Changes.Count));
            StringAssert.StartsWith(File.ReadAllText(svgFile), "<svg");

            // <example: trace-recorder>
            var recorder = new TraceRecorder(EncoderModel.Default.Tokenizer);
            writer.Generate(["It was a dark night, and"], recorder);
            File.WriteAllText(svgFile, TracePicture.ToAnimatedSvg(recorder.Traces[0]));
            // </example>
            Assert.AreEqual(json, recorder.Traces[0].ToJson());

            IDataView written = mlContext.Data.Cache(writer.Transform(data));
            // <example: evaluate-writing>
            WritingMetrics metrics = mlContext.Transforms.Text.EvaluateWriting(
                written, "Story", new WritingEvaluationOptions { Model = EncoderModel.Default, JudgedTexts = 2 });
            Console.WriteLine(metrics);
            Console.WriteLine($"{metrics.Judged!.BitsPerCharacter.Bits:F2} bits per character (pseudo-likelihood)");
            // </example>
            Assert.AreEqual(2, metrics.Texts);
            Assert.IsInRange(.1, 8, metrics.Judged.BitsPerCharacter.Bits);
        }
        finally
        {
            File.Delete(svgFile);
        }
    }

    [TestMethod]
    public void Options_of_writing()
    {
        // <example: writing-options>
        var options = new DiffusionGenerateEstimator.Options
        {
            MaxNewTokens = 64,
            Steps = 64,
            Sampler = Sampler.ReMdmCap(0.02),
            RepetitionPenalty = 1.2,
            BannedWords = ["said"],            // one token each, with and without a space before
            EndOfText = TextEnd.Text("\n"),
            MinimumLength = 16,
            Guidance = 0.5,
            TraceColumnName = "Trace",         // how each text came out of its masks
        };
        // </example>
        var mlContext = new MLContext(seed: 1);
        using DiffusionGenerateTransformer writer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options)
            .Fit(mlContext.Data.LoadFromEnumerable([new Row()]));
        GeneratedText text = writer.Generate(["It was a dark night, and"])[0];
        Assert.IsInRange(16, 64, text.TokenIds.Count);
        Assert.IsFalse(text.Text.Contains('\n', StringComparison.Ordinal));
    }
}
