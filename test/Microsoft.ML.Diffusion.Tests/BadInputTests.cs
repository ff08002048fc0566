using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Unusual input that all trainers treat alike; the tests of each trainer have its own cases.</summary>
[TestClass]
public sealed class BadInputTests
{
    private static readonly string s_long = string.Join(' ', Enumerable.Repeat("cat", 100_000));

    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void Texts_of_no_and_of_a_hundred_thousand_words_are_scored_with_a_warning()
    {
        IDataView rows = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
        var options = new BertSentenceSimilarityEstimator.Options
        {
            LabelColumnName = nameof(TextRow.Value), Model = TinyModel.Model, Epochs = 1, Seed = 1
        };
        using BertSentenceSimilarityTransformer model = _mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(rows);
        TextRow[] unusual =
            [new() { Sentence1 = "" }, new() { Sentence1 = null }, new() { Sentence1 = s_long }, new() { Sentence1 = "cat" }];
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        float[] scores = [.. model.Transform(_mlContext.Data.LoadFromEnumerable(unusual)).GetColumn<float>("Score")];
        Assert.IsTrue(Array.TrueForAll(scores, float.IsFinite));
        Assert.AreEqual(scores[0], scores[1], "a text that is missing is an empty one");
        CollectionAssert.AreEqual(
            new[] { "1 of 4 texts were longer than 32 tokens; the end of each was cut.",
                "2 of 4 texts are empty; the special tokens alone were scored." }, warnings.ToArray());

        // A prediction engine does not dispose what it scores with, so the first warning is logged immediately.
        using PredictionEngine<TextRow, Scored> engine =
            _mlContext.Model.CreatePredictionEngine<TextRow, Scored>(model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.AreEqual(scores[3], engine.Predict(unusual[3]).Score);
        Assert.HasCount(2, warnings);
        Assert.AreEqual(scores[0], engine.Predict(unusual[0]).Score);
        Assert.AreEqual(scores[2], engine.Predict(unusual[2]).Score);
        CollectionAssert.AreEqual(
            new[] { "1 of 2 texts are empty; the special tokens alone were scored.",
                "Further texts like this are not logged for the same prediction engine or cursor." },
            warnings.Skip(2).ToArray());
    }

    [TestMethod]
    public void Texts_of_no_and_of_a_hundred_thousand_words_are_labeled_to_their_end()
    {
        var options = new BertNamedEntityRecognitionEstimator.Options { Model = TinyModel.Model, Epochs = 1, Seed = 1 };
        IDataView training =
            _mlContext.Data.LoadFromEnumerable([new Labeled { Sentence = "the cat sat", Label = ["O", "B-X", "O"] },
                new Labeled { Sentence = s_long, Label = [.. Enumerable.Repeat("O", 100_000)] }]);
        options.Epochs = 0.001;
        using BertNamedEntityRecognitionTransformer model =
            _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(training);
        Labeled[] unusual = [new() { Sentence = "" }, new() { Sentence = s_long }, new() { Sentence = "the cat" }];
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        int[] words = [.. model.Transform(_mlContext.Data.LoadFromEnumerable(unusual)).GetColumn<VBuffer<uint>>("PredictedLabel")
            .Select(labels => labels.Length)];
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
            const string Said = "start from fresh weights";
            using (BertQuestionAnsweringTransformer model =
                QuestionRow.Fit(_mlContext, QuestionRow.Rows(4), QuestionRow.Options(epochs: 1)))
                model.SaveToDirectory(directory);
            Assert.IsTrue(infos.Any(info => info.Contains(Said, StringComparison.Ordinal)),
                "the tiny model has a masked-language head alone");

            // Its own head is there, and used; the head of another task is not taken for it.
            int before = infos.Count;
            BertQuestionAnsweringEstimator.Options again = QuestionRow.Options(epochs: 1);
            again.Model = EncoderModel.FromDirectory(directory);
            QuestionRow.Fit(_mlContext, QuestionRow.Rows(4), again).Dispose();
            Assert.IsFalse(infos.Skip(before).Any(info => info.Contains(Said, StringComparison.Ordinal)));
            var other = new BertSentenceSimilarityEstimator.Options
            {
                LabelColumnName = nameof(TextRow.Value), Model = again.Model, Epochs = 1, Seed = 1
            };
            _mlContext.Regression.Trainers.BertSentenceSimilarity(other).Fit(_mlContext.Data.LoadFromEnumerable(TextRow.Make(4))).Dispose();
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
            var options = new BertSentenceSimilarityEstimator.Options
            {
                LabelColumnName = nameof(TextRow.Value), Model = TinyModel.Model, Epochs = 1, Seed = 1
            };
            using BertSentenceSimilarityTransformer model = _mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(rows);
            model.SaveToDirectory(directory);
            string[] names = Names();
            File.WriteAllText(Path.Combine(directory, "README.md"), "mine");
            File.WriteAllText(Path.Combine(directory, "added_tokens.json"), "of another tokenizer");
            File.WriteAllText(Path.Combine(directory, "config.json"), "of another model");
            Parallel.For(0, 4, _ => model.SaveToDirectory(directory));
            CollectionAssert.AreEqual(names.Append("README.md").Order(StringComparer.Ordinal).ToArray(), Names());
            EncoderModel.FromDirectory(directory).LoadTask(TaskKind.SequenceClassification, CpuEngine.Shared).Dispose();

            // A file where the directory would be, and a folder where a file would.
            CheckpointException exception =
                Assert.ThrowsExactly<CheckpointException>(() => model.SaveToDirectory(Path.Combine(directory, "README.md")));
            StringAssert.Contains(exception.Message, "README.md' is a file; expected a directory");
            File.Delete(Path.Combine(directory, "vocab.json"));
            Directory.CreateDirectory(Path.Combine(directory, "vocab.json"));
            exception = Assert.ThrowsExactly<CheckpointException>(() => model.SaveToDirectory(directory));
            StringAssert.Contains(exception.Message,
                $"'{directory}' cannot be written: '{Path.Combine(directory, "vocab.json")}' is a directory.");
            CollectionAssert.AreEqual(names.Append("README.md").Order(StringComparer.Ordinal).ToArray(), Names());
            CollectionAssert.AreEqual(new[] { directory }, Directory.GetFileSystemEntries(parent));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }

        string[] Names() =>
            [.. Directory.GetFileSystemEntries(directory).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Data without a row, and data of which a filter leaves none, is said to have none, whatever is learned.</summary>
    [TestMethod]
    public void Data_without_rows_is_said_to_have_none()
    {
        IDataView none = _mlContext.Data.LoadFromEnumerable(Array.Empty<TextRow>());
        IDataView dropped = _mlContext.Data.SkipRows(_mlContext.Data.LoadFromEnumerable(TextRow.Make(12)), 12);
        foreach (IDataView texts in (IDataView[])[none, dropped])
        {
            foreach (string column in (string[])[nameof(TextRow.Category), nameof(TextRow.Flags), nameof(TextRow.Tags),
                nameof(TextRow.Value)])
            {
                IDataView data = column == nameof(TextRow.Flags) ? texts
                    : _mlContext.Transforms.Conversion.MapValueToKey(column).Fit(texts).Transform(texts);
                Refused(column, () => column switch
                {
                    nameof(TextRow.Category) =>
                        _mlContext.MulticlassClassification.Trainers.BertTextClassification(
                            options: new() { LabelColumnName = column, Model = TinyModel.Model }).Fit(data),
                    nameof(TextRow.Value) =>
                        _mlContext.Regression.Trainers.BertSentenceSimilarity(
                            options: new() { LabelColumnName = column, Model = TinyModel.Model }).Fit(texts),
                    _ => _mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(
                        options: new() { LabelColumnName = column, Model = TinyModel.Model }).Fit(data),
                });
            }
            Refused("Sentence2", () => _mlContext.Transforms.Text.MaskedDiffusion("Story", "Sentence1", "Sentence2",
                new MaskedDiffusionEstimator.Options { Model = TinyModel.Model, Generation = { MaxNewTokens = 6 } }).Fit(texts));
        }
        Refused("TrainingAnswer", () => _mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: QuestionRow.Options())
            .Fit(_mlContext.Data.LoadFromEnumerable(Array.Empty<QuestionRow>())));
        Refused("Label",
            () => _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: new() { Model = TinyModel.Model })
            .Fit(_mlContext.Data.LoadFromEnumerable(Array.Empty<Labeled>())));

        static void Refused(string column, Func<object> fit)
        {
            string message = Assert.Throws<ArgumentException>(() => fit()).Message;
            StringAssert.Contains(message, "nothing to learn from, because there is no row; expected rows with ");
            StringAssert.Contains(message, $"'{column}'");
            StringAssert.Contains(message, "Check how the data is read");
        }
    }

    [TestMethod]
    public void Rows_that_are_all_left_out_are_counted()
    {
        Labeled[] rows = [new(), new()];
        string message =
            Assert.Throws<ArgumentException>(
                () => _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: new() { Model = TinyModel.Model })
                .Fit(_mlContext.Data.LoadFromEnumerable(rows))).Message;
        StringAssert.Contains(message, "nothing to learn from: none of the 2 rows has a word in 'Sentence'; expected words");
        TextRow[] texts = TextRow.Make(3);
        foreach (TextRow text in texts)
            text.Value = float.NaN;
        message = Assert.Throws<ArgumentException>(
            () => _mlContext.Regression.Trainers.BertSentenceSimilarity(
                options: new() { LabelColumnName = "Value", Model = TinyModel.Model })
                .Fit(_mlContext.Data.LoadFromEnumerable(texts))).Message;
        StringAssert.Contains(message, "nothing to learn from: of 3 rows, none has a value in the column 'Value'; expected a label");
        foreach (TextRow text in texts)
            text.Category = null;
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Category",
            keyData: _mlContext.Data.LoadFromEnumerable(TextRow.Make(3).Select(row => new { row.Category })))
            .Fit(_mlContext.Data.LoadFromEnumerable(texts)).Transform(_mlContext.Data.LoadFromEnumerable(texts));
        message = Assert.Throws<ArgumentException>(
            () => _mlContext.MulticlassClassification.Trainers.BertTextClassification(
                options: new() { LabelColumnName = "Category", Model = TinyModel.Model }).Fit(keys)).Message;
        StringAssert.Contains(message, "of 3 rows, none has a value in the column 'Category'");
        // Rows of one class are not none.
        foreach (TextRow text in texts)
            text.Category = "cat";
        IDataView one = _mlContext.Transforms.Conversion.MapValueToKey("Category").Fit(_mlContext.Data.LoadFromEnumerable(texts))
            .Transform(_mlContext.Data.LoadFromEnumerable(texts));
        message = Assert.Throws<ArgumentException>(
            () => _mlContext.MulticlassClassification.Trainers.BertTextClassification(
                options: new() { LabelColumnName = "Category", Model = TinyModel.Model }).Fit(one)).Message;
        StringAssert.Contains(message, "'Category' has 1 class; expected two or more");
    }

    /// <summary>Numbers for which float has few digits cause a warning; other numbers, however small their spread, do not.</summary>
    [TestMethod]
    [DataRow(1e-39f, 1e-40f, true)]
    [DataRow(1e-44f, 0f, true)]
    [DataRow(1e-36f, 1e-37f, true)]
    [DataRow(-1e-39f, 1e-39f, true)]
    [DataRow(0f, 0f, false)]
    [DataRow(1f, 0f, false)]
    [DataRow(1f, 1.0000001f, false)]
    [DataRow(1e-30f, 2e-30f, false)]
    [DataRow(1e30f, 2e30f, false)]
    [DataRow(1e-39f, 1f, false)]
    public void Labels_below_floats_range_cause_a_warning(float first, float second, bool warned)
    {
        TextRow[] rows = TextRow.Make(6);
        for (int i = 0; i < rows.Length; i++)
            rows[i].Value = i % 2 == 0 ? first : second;
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        _mlContext.Regression.Trainers.BertSentenceSimilarity(options: new()
        {
            LabelColumnName = "Value", Model = TinyModel.Model, Epochs = 1, Seed = 1
        }).Fit(_mlContext.Data.LoadFromEnumerable(rows)).Dispose();
        Assert.AreEqual(warned ? 1 : 0, warnings.Count(warning => warning.Contains("float has few digits", StringComparison.Ordinal)),
            string.Join('\n', warnings));
        Assert.HasCount(warned ? 1 : 0, warnings);
    }

    /// <summary>Equal class weights of any size train the same model as none; impossible weights are refused.</summary>
    [TestMethod]
    public void Class_weights_count_by_how_they_compare()
    {
        IDataView texts = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(texts).Transform(texts);
        float[] plain = Scores(null);
        foreach (float weight in (float[])[1, 1e-30f, 1e30f, float.Epsilon, float.MaxValue])
            CollectionAssert.AreEqual(plain, Scores([weight, weight, weight]), $"{weight}");
        foreach (float[] weights in (float[][])[[1, float.NaN, 1], [1, 1, float.PositiveInfinity], [0, 0, 0], [1, -1, 1],
            [1e30f, 1e-30f, 1]])
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => Scores(weights)).Message, "ClassWeights: ");

        IDataView words = _mlContext.Data.LoadFromEnumerable([new Labeled { Sentence = "the cat sat", Label = ["O", "B-X", "O"] }]);
        plain = Labels(null);
        foreach (double weight in (double[])[1, 1e-30, 1e30, 1e-300, 1e300])
            CollectionAssert.AreEqual(plain, Labels(new() { ["O"] = weight, ["B-X"] = weight }), $"{weight}");
        foreach (Dictionary<string, double> weights in
            (Dictionary<string, double>[])[new() { ["O"] = 0, ["B-X"] = 0 }, new() { ["O"] = 1e300 }, new() { ["O"] = double.NaN }])
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => Labels(weights)).Message, "ClassWeights");

        float[] Scores(float[]? weights)
        {
            var options = new BertTextClassificationEstimator.Options
            {
                Model = TinyModel.Model, Epochs = 1, Seed = 1, ClassWeights = weights
            };
            using BertTextClassificationTransformer model =
                _mlContext.MulticlassClassification.Trainers.BertTextClassification(options: options).Fit(keys);
            return [.. model.Transform(keys).GetColumn<VBuffer<float>>("Score").SelectMany(score => score.DenseValues())];
        }

        float[] Labels(Dictionary<string, double>? weights)
        {
            var options = new BertNamedEntityRecognitionEstimator.Options
            {
                Model = TinyModel.Model, Epochs = 1, Seed = 1, ClassWeights = weights
            };
            using BertNamedEntityRecognitionTransformer model =
                _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(words);
            return [.. model.Transform(words).GetColumn<VBuffer<float>>("Score").SelectMany(score => score.DenseValues())];
        }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Labeled
    {
        public string Sentence { get; set; } = "";

        public string[] Label { get; set; } = [];
    }
}
