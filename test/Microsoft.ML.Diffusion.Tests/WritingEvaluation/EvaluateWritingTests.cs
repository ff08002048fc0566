using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The measures of a column of texts as a user of ML.NET meets them.</summary>
[TestClass]
public sealed class EvaluateWritingTests
{
    private static readonly string[] s_texts =
        ["the cat sat on the mat", "the dog sat on the cat", "a a a a a a a a", "", "one", "the cat sat on the mat", " \n ",
            "the\tdog   sat on\nthe cat and the dog sat on the cat", null!];

    private static readonly MLContext s_context = new(seed: 1);

    [TestMethod]
    public void They_are_those_of_Core_and_missing_texts_are_counted()
    {
        string[][] words = [.. s_texts.Where(text => !string.IsNullOrEmpty(text))
            .Select(text => text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))];
        WritingMetrics metrics = s_context.Transforms.Text.EvaluateWriting(Data(s_texts));
        Assert.AreEqual((7, 2), (metrics.Texts, metrics.Missing));
        Assert.AreEqual(words.Sum(text => text.Length), metrics.Words);
        Assert.AreEqual(s_texts.Sum(text => text?.Length ?? 0), metrics.Characters);
        for (int n = 1; n <= 4; n++)
            Assert.AreEqual(TextMeasures.DistinctN(words, n), metrics.Distinct[n - 1]);
        Assert.AreEqual(TextMeasures.SelfBleu(words), metrics.SelfBleu, 1e-12);
        Assert.AreEqual(TextMeasures.TokenEntropy(words), metrics.WordEntropy, 1e-12);
        Assert.AreEqual(TextMeasures.RepetitionRate(words), metrics.RepetitionRate, 1e-12);
        Assert.IsNull(metrics.Judged);

        WritingMetrics shorter =
            s_context.Transforms.Text.EvaluateWriting(Data(s_texts), options: new WritingEvaluationOptions { LongestRun = 2 });
        Assert.HasCount(2, shorter.Distinct);
        Assert.AreEqual(TextMeasures.RepetitionRate(words, 2), shorter.RepetitionRate, 1e-12);
    }

    [TestMethod]
    public void A_model_judges_them_in_bits_per_named_unit()
    {
        using MaskedLanguageModel model = TinyModel.Model.LoadMaskedLanguageModel(CpuEngine.Shared);
        using var denoiser = new ModelDenoiser(model, TinyModel.Model.Tokenizer.MaskToken);
        // More than are judged at once, and some longer than the model takes.
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => string.Join(' ', Enumerable.Repeat("the cat sat", 1 + i % 5))),
            new string('x', 100)];
        PseudoLikelihoodReport report = GenerativePerplexity.Measure(denoiser, TinyModel.Model.Tokenizer, TinyModel.MaxLength, texts);

        WritingMetrics metrics = s_context.Transforms.Text.EvaluateWriting(Data([.. texts, ""]),
            options: new WritingEvaluationOptions { Model = TinyModel.Model });
        JudgedWriting judged = metrics.Judged!;
        Assert.AreEqual(21, judged.Texts);
        Assert.AreEqual(report.BitsPerToken, judged.BitsPerToken);
        Assert.AreEqual(report.BitsPer([.. texts.Select(text => text.Length)]), judged.BitsPerCharacter);
        int[] words = [.. texts.Select(text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length)];
        Assert.AreEqual(report.BitsPer(words), judged.BitsPerWord);
        StringAssert.Contains(metrics.ToString(), "bits per character");
        StringAssert.Contains(metrics.ToString(), "and 1 missing");

        WritingMetrics first = s_context.Transforms.Text.EvaluateWriting(Data(texts),
            options: new WritingEvaluationOptions { Model = TinyModel.Model, JudgedTexts = 3 });
        Assert.AreEqual(3, first.Judged!.Texts);
        Assert.AreEqual(21, first.Texts);
        Assert.AreEqual(21, s_context.Transforms.Text.EvaluateWriting(Data(texts),
            options: new WritingEvaluationOptions { Model = TinyModel.Model, JudgedTexts = 0 }).Judged!.Texts);
    }

    [TestMethod]
    public void A_vector_of_samples_counts_as_so_many_texts()
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        options.Samples = 3;
        IDataView data = Data(["the cat", "", "a"]);
        using DiffusionGenerateTransformer transformer = s_context.Transforms.Text.DiffusionGenerate("Story", "Text", options).Fit(data);
        IDataView written = transformer.Transform(data);
        string[] texts = [.. written.GetColumn<VBuffer<ReadOnlyMemory<char>>>("Story")
            .SelectMany(vector => vector.DenseValues().Select(text => text.ToString()).ToArray())];
        Assert.HasCount(9, texts);
        Assert.AreEqual(s_context.Transforms.Text.EvaluateWriting(Data(texts)).ToString(),
            s_context.Transforms.Text.EvaluateWriting(written, "Story").ToString());
    }

    [TestMethod]
    public void Nothing_to_measure_gives_no_number()
    {
        WritingMetrics metrics =
            s_context.Transforms.Text.EvaluateWriting(Data(["", ""]), options: new WritingEvaluationOptions { Model = TinyModel.Model });
        Assert.AreEqual((0, 2), (metrics.Texts, metrics.Missing));
        Assert.IsTrue(double.IsNaN(metrics.SelfBleu) && double.IsNaN(metrics.WordEntropy) && double.IsNaN(metrics.RepetitionRate) &&
            metrics.Distinct.All(double.IsNaN));
        Assert.IsNull(metrics.Judged);
        Assert.IsNull(s_context.Transforms.Text.EvaluateWriting(Data([" "]),
            options: new WritingEvaluationOptions { Model = TinyModel.Model }).Judged);
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(
            () => s_context.Transforms.Text.EvaluateWriting(Data([""]), "Nothing")).Message, "Could not find text column 'Nothing'");
        IDataView numbers = s_context.Data.LoadFromEnumerable([new Measured { Text = 1 }]);
        StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => s_context.Transforms.Text.EvaluateWriting(numbers)).Message,
            "expected String or a vector of String, got Single");
        foreach ((WritingEvaluationOptions options, string part) in new[] { (new WritingEvaluationOptions { LongestRun = 0 }, "LongestRun"),
            (new WritingEvaluationOptions { JudgedTexts = -1 }, "JudgedTexts") })
            StringAssert.Contains(
                Assert.Throws<ArgumentException>(() => s_context.Transforms.Text.EvaluateWriting(Data([""]), options: options)).Message,
                part);
    }

    [TestMethod]
    public void Canceling_the_context_stops_it()
    {
        foreach (WritingEvaluationOptions options in
            new[] { new WritingEvaluationOptions(), new WritingEvaluationOptions { Model = TinyModel.Model } })
        {
            var mlContext = new MLContext(seed: 1);
            int read = 0;
            IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 1_000_000).Select(i =>
            {
                if (++read == 40)
                    Cancellation.Request(mlContext);
                return new Input { Text = "the cat sat" };
            }));
            Assert.Throws<OperationCanceledException>(() => mlContext.Transforms.Text.EvaluateWriting(data, options: options));
            Assert.IsLessThan(100, read);
        }
    }

    private static IDataView Data(string[] texts) => s_context.Data.LoadFromEnumerable(texts.Select(text => new Input { Text = text }));

    private sealed class Measured
    {
        public float Text { get; set; }
    }

    private sealed class Input
    {
        public string? Text { get; set; }
    }
}
