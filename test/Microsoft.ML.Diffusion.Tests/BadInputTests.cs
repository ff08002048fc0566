using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What every trainer does with input that is odd in the same way; what is odd for one trainer alone is in its own tests.</summary>
[TestClass]
public sealed class BadInputTests
{
    private static readonly string s_long = string.Join(' ', Enumerable.Repeat("cat", 100_000));

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Texts_of_no_and_of_a_hundred_thousand_words_are_scored_and_warned_of()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
        var options = new BertSentenceSimilarityEstimator.Options { Model = TinyModel.Model, Epochs = 1, Seed = 1 };
        using BertSentenceSimilarityTransformer model = _mlContext.Regression.Trainers.BertSentenceSimilarity(nameof(TextRow.Value), options: options).Fit(rows);
        TextRow[] odd = [new() { Sentence1 = "" }, new() { Sentence1 = null }, new() { Sentence1 = s_long }, new() { Sentence1 = "cat" }];
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        float[] scores = [.. model.Transform(_mlContext.Data.LoadFromEnumerable(odd)).GetColumn<float>("Score")];
        Assert.IsTrue(Array.TrueForAll(scores, float.IsFinite));
        Assert.AreEqual(scores[0], scores[1], "a text that is missing is an empty one");
        CollectionAssert.AreEqual(
            new[] { "1 of 4 texts were longer than 32 tokens; the end of each was cut.", "2 of 4 texts are empty; the special tokens alone were scored." }, warnings.ToArray());

        // A prediction engine does not dispose what it scores with, so the first is warned of when it is met.
        using PredictionEngine<TextRow, Scored> engine = _mlContext.Model.CreatePredictionEngine<TextRow, Scored>(model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.AreEqual(scores[3], engine.Predict(odd[3]).Score);
        Assert.HasCount(2, warnings);
        Assert.AreEqual(scores[0], engine.Predict(odd[0]).Score);
        Assert.AreEqual(scores[2], engine.Predict(odd[2]).Score);
        CollectionAssert.AreEqual(
            new[] { "1 of 2 texts are empty; the special tokens alone were scored.", "Further texts like this that the same prediction engine or cursor meets are not warned of." },
            warnings.Skip(2).ToArray());
    }

    [TestMethod]
    public void Texts_of_no_and_of_a_hundred_thousand_words_are_labelled_to_their_end()
    {
        var options = new BertNamedEntityRecognitionEstimator.Options { Model = TinyModel.Model, Epochs = 1, Seed = 1 };
        IDataView taught = _mlContext.Data.LoadFromEnumerable([new Labelled { Sentence = "the cat sat", Label = ["O", "B-X", "O"] }, new Labelled { Sentence = s_long, Label = [.. Enumerable.Repeat("O", 100_000)] }]);
        options.Epochs = 0.001;
        using BertNamedEntityRecognitionTransformer model = _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(taught);
        Labelled[] odd = [new() { Sentence = "" }, new() { Sentence = s_long }, new() { Sentence = "the cat" }];
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        int[] words = [.. model.Transform(_mlContext.Data.LoadFromEnumerable(odd)).GetColumn<VBuffer<uint>>("PredictedLabel").Select(labels => labels.Length)];
        CollectionAssert.AreEqual(new[] { 0, 100_000, 2 }, words);
        Assert.IsEmpty(warnings, "nothing was cut");
    }

    [TestMethod]
    public void A_checkpoint_without_the_asked_head_is_given_a_fresh_one_and_it_is_said()
    {
        string directory = Directory.CreateTempSubdirectory("answers").FullName;
        try
        {
            var infos = new Messages(_mlContext, ChannelMessageKind.Info);
            const string Said = "made afresh";
            using (BertQuestionAnsweringTransformer model = BertQuestionAnsweringTests.Fit(_mlContext, QuestionRow.Rows(4), QuestionRow.Options(epochs: 1)))
                model.SaveToDirectory(directory);
            Assert.IsTrue(infos.Any(info => info.Contains(Said, StringComparison.Ordinal)), "the tiny model has a masked-language head alone");

            // Its own head is there, and used; the head of another task is not taken for it.
            int before = infos.Count;
            BertQuestionAnsweringEstimator.Options again = QuestionRow.Options(epochs: 1);
            again.Model = EncoderModel.FromDirectory(directory);
            BertQuestionAnsweringTests.Fit(_mlContext, QuestionRow.Rows(4), again).Dispose();
            Assert.IsFalse(infos.Skip(before).Any(info => info.Contains(Said, StringComparison.Ordinal)));
            var other = new BertSentenceSimilarityEstimator.Options { Model = again.Model, Epochs = 1, Seed = 1 };
            _mlContext.Regression.Trainers.BertSentenceSimilarity(nameof(TextRow.Value), options: other).Fit(_mlContext.Data.LoadFromEnumerable(TextRow.Make(4))).Dispose();
            Assert.IsTrue(infos.Skip(before).Any(info => info.Contains(Said, StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public void Saving_over_a_model_replaces_the_whole_of_it_or_nothing()
    {
        string parent = Directory.CreateTempSubdirectory("saved").FullName, directory = Path.Combine(parent, "model");
        try
        {
            IDataView rows = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
            var options = new BertSentenceSimilarityEstimator.Options { Model = TinyModel.Model, Epochs = 1, Seed = 1 };
            using BertSentenceSimilarityTransformer model = _mlContext.Regression.Trainers.BertSentenceSimilarity(nameof(TextRow.Value), options: options).Fit(rows);
            model.SaveToDirectory(directory);
            string[] names = Names();
            File.WriteAllText(Path.Combine(directory, "README.md"), "mine");
            File.WriteAllText(Path.Combine(directory, "added_tokens.json"), "of another tokenizer");
            File.WriteAllText(Path.Combine(directory, "config.json"), "of another model");
            Parallel.For(0, 4, _ => model.SaveToDirectory(directory));
            CollectionAssert.AreEqual(names.Append("README.md").Order(StringComparer.Ordinal).ToArray(), Names());
            EncoderModel.FromDirectory(directory).LoadTask(TaskKind.SequenceClassification, Engine.Cpu).Dispose();

            // A file where the directory would be, and a folder where a file would.
            CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => model.SaveToDirectory(Path.Combine(directory, "README.md")));
            StringAssert.Contains(exception.Message, "README.md' is a file; expected a directory");
            File.Delete(Path.Combine(directory, "vocab.json"));
            Directory.CreateDirectory(Path.Combine(directory, "vocab.json"));
            exception = Assert.ThrowsExactly<CheckpointException>(() => model.SaveToDirectory(directory));
            StringAssert.Contains(exception.Message, $"'{directory}' cannot be written: a directory stands at '{Path.Combine(directory, "vocab.json")}'");
            CollectionAssert.AreEqual(names.Append("README.md").Order(StringComparer.Ordinal).ToArray(), Names());
            CollectionAssert.AreEqual(new[] { directory }, Directory.GetFileSystemEntries(parent));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }

        string[] Names() => [.. Directory.GetFileSystemEntries(directory).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Labelled
    {
        public string Sentence { get; set; } = "";

        public string[] Label { get; set; } = [];
    }
}
