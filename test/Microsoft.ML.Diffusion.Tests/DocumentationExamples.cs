// <example: pipeline>
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
// </example>
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

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
    public void Train()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(0, 20).Select(i => new Example { Prompt = $"Question {i}:", Text = $" what is {i} and {i}?" }));
        // <example: train>
        var trainer = mlContext.Transforms.Text.MaskedDiffusion("Story", promptColumnName: "Prompt", textColumnName: "Text",
            new MaskedDiffusionEstimator.Options { Epochs = 3, LearningRate = 3e-4, Generation = { MaxNewTokens = 16 } });
        using DiffusionGenerateTransformer trained = trainer.Fit(texts);
        // </example>
        Assert.AreEqual(16, trained.Generate(["Question 3:"])[0].TokenIds.Count);
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
                Patience = 3,                       // stop after 3 validations without improvement; the best weights are kept
                EmaDecay = 0.999,             // validate and keep an exponential moving average of the weights
                CheckpointDirectory = checkpoints,  // after an interruption the same Fit continues from here
                CheckpointInterval = 200,
                Progress = new ConsoleProgress(),   // one line on the terminal, updated every few seconds
                Seed = 1,
            };
            using DiffusionGenerateTransformer trained =
                mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options).Fit(texts);
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

    [TestMethod]
    public void Questions()
    {
        string trainFile = WriteSquad("train"), testFile = WriteSquad("test");
        try
        {
            // <example: questions>
            var mlContext = new MLContext(seed: 1);
            IDataView train = mlContext.Data.LoadFromSquad(trainFile), test = mlContext.Data.LoadFromSquad(testFile);

            var trainer = mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(
                contextColumnName: "Context", questionColumnName: "Question", batchSize: 16, maxEpochs: 4);
            using BertQuestionAnsweringTransformer model = trainer.Fit(train);

            SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(model.Transform(test));
            Console.WriteLine($"exact match {report.Overall.ExactMatch:P1}, F1 {report.Overall.F1:P1}");

            AnswerList answers = model.Answer([new AskedQuestion("Anna was born in London in 1832.", "Where was Anna born?")])[0];
            foreach (AnswerCandidate candidate in answers.Candidates.Take(3))
                Console.WriteLine($"{candidate.Probability:P1} {candidate.Text}, from character {candidate.Start}");
            // </example>
            Assert.AreEqual(6, report.Overall.Count);
            Assert.IsNotEmpty(answers.Candidates);
        }
        finally
        {
            File.Delete(trainFile);
            File.Delete(testFile);
        }
    }

    [TestMethod]
    public void Questions_without_an_answer()
    {
        string path = WriteSquad("both");
        try
        {
            var mlContext = new MLContext(seed: 1);
            IDataView train = mlContext.Data.LoadFromSquad(path), validation = train;
            // <example: no-answer>
            var options = new BertQuestionAnsweringEstimator.Options { AllowNoAnswer = true, ValidationFraction = 0.1 };
            using BertQuestionAnsweringTransformer model =
                mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options).Fit(train);

            SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(model.Transform(validation));
            using BertQuestionAnsweringTransformer tuned = model.WithNoAnswerThreshold(report.BestF1.Threshold);
            // </example>
            Assert.AreEqual(report.BestF1.Threshold, tuned.NoAnswerThreshold);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A small file in SQuAD's format: four questions with an answer, two without.</summary>
    private string WriteSquad(string name)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{name}-{Environment.ProcessId}.json");
        string questions = string.Join(", ", Enumerable.Range(0, 6).Select(i => $$"""
            {"id": "{{i}}", "question": "Where was Anna born?", {{(i < 4 ? "\"answers\": [{\"text\": \"London\", \"answer_start\": 17}]" : "\"is_impossible\": true")}}}
            """));
        File.WriteAllText(path, $$"""{"version": "v2.0", "data": [{"title": "", "paragraphs": [{"context": "Anna was born in London in 1832.", "qas": [{{questions}}]}]}]}""");
        return path;
    }

    [TestMethod]
    public void Named_entities()
    {
        string trainFile = Path.GetTempFileName(), testFile = Path.GetTempFileName();
        try
        {
            File.WriteAllText(trainFile, "Ann I-PER\nLee I-PER\nleft O\nRome I-LOC\n. O\n\nIt O\nrained O\n\n");
            File.WriteAllText(testFile, "Rome I-LOC\nslept O\n");
            // <example: entities>
            var mlContext = new MLContext(seed: 1);
            IDataView sentences = mlContext.Data.LoadFromConll(trainFile); // columns Sentence and Label: vectors of text
            using BertNamedEntityRecognitionTransformer model = mlContext.MulticlassClassification.Trainers
                .BertNamedEntityRecognition(options: new() { Epochs = 5 })
                .Fit(sentences);

            IDataView labeled = model.Transform(mlContext.Data.LoadFromConll(testFile));
            NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(labeled);
            Console.WriteLine(metrics);

            using var engine = mlContext.Model.CreatePredictionEngine<TextToRead, FoundEntities>(model,
                new PredictionEngineOptions { OwnsTransformer = false });
            FoundEntities found = engine.Predict(new TextToRead { Sentence = "Mr. Lee flew to Rome." });
            for (int i = 0; i < found.EntityType.Length; i++)
                Console.WriteLine($"{found.EntityType[i]} at {found.EntityStart[i]}: {found.EntityText[i]} ({found.EntityScore[i]:F2})");
            // </example>
            Assert.AreEqual(1, metrics.Overall.Actual);
            Assert.HasCount(found.EntityType.Length, found.EntityText);
        }
        finally
        {
            File.Delete(trainFile);
            File.Delete(testFile);
        }
    }

    [TestMethod]
    public void Named_entities_by_characters()
    {
        // <example: entities-by-characters>
        var mlContext = new MLContext(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(
        [
            new MarkedText { Sentence = "Ann Lee left Rome.", Label = ["PER", "LOC"], LabelStart = [0, 13], LabelLength = [7, 4] },
            new MarkedText { Sentence = "It rained." },
        ]);
        using BertNamedEntityRecognitionTransformer model = mlContext.MulticlassClassification.Trainers
            .BertNamedEntityRecognition(options: new()
            {
                LabelStartColumnName = "LabelStart", LabelLengthColumnName = "LabelLength", Epochs = 5
            })
            .Fit(texts);
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateEntitySpans(model.Transform(texts));
        // </example>
        Assert.AreEqual(2, metrics.Overall.Actual);
    }

    [TestMethod]
    public void Named_entities_as_TorchSharp_takes_them()
    {
        // <example: entities-as-torchsharp>
        var mlContext = new MLContext(seed: 1);
        IDataView labels = mlContext.Data.LoadFromEnumerable([new LabelName { Key = "PERSON" }, new LabelName { Key = "CITY" }]);
        IDataView data =
            mlContext.Data.LoadFromEnumerable(
                [new LabeledSentence { Sentence = "Alice and Bob live in London", Label = ["PERSON", "0", "PERSON", "0", "0", "CITY"] }]);
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: labels)
            .Append(mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(outputColumnName: "outputColumn"))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("outputColumn"));
        ITransformer model = pipeline.Fit(data);
        // </example>
        Assert.AreEqual(6, model.Transform(data).GetColumn<VBuffer<ReadOnlyMemory<char>>>("outputColumn").Single().Length);
    }

    private static string Save(string modelPath)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new Row { Prompt = Prompt }]);
        ITransformer model =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options { Steps = 8 }).Fit(data);
        // <example: save>
        mlContext.Model.Save(model, data.Schema, modelPath);
        // </example>
        // <example: save-atomically>
        mlContext.Model.SaveAtomically(model, data.Schema, modelPath);
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

// <example: entities>
public sealed class TextToRead
{
    public string Sentence { get; set; } = "";
}

public sealed class FoundEntities
{
    public string[] EntityType { get; set; } = [];

    public string[] EntityText { get; set; } = [];

    public int[] EntityStart { get; set; } = [];

    public float[] EntityScore { get; set; } = [];
}
// </example>

// <example: entities-by-characters>
public sealed class MarkedText
{
    public string Sentence { get; set; } = "";

    public string[] Label { get; set; } = [];

    public int[] LabelStart { get; set; } = [];

    public int[] LabelLength { get; set; } = [];
}
// </example>

internal sealed class LabelName
{
    public string Key { get; set; } = "";
}

internal sealed class LabeledSentence
{
    public string Sentence { get; set; } = "";

    public string[] Label { get; set; } = [];
}
