using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Directories of models that are already fine-tuned, applied in a pipeline without training.</summary>
[TestClass]
public sealed class ReadyModelTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    public static IEnumerable<object[]> Families => OracleModel.Families.Select(family => new object[] { family });

    private static Dictionary<string, Func<MLContext, EncoderModel, IEstimator<ITransformer>>> Methods { get; } = new()
    {
        ["sentiment-model"] = (context, model) => context.Transforms.Text.ApplyTextClassification(model),
        ["topics-model"] = (context, model) => context.Transforms.Text.ApplyMultiLabelClassification(model),
        ["similarity-model"] = (context, model) => context.Transforms.Text.ApplySentenceSimilarity(model),
        ["question-model"] = (context, model) => context.Transforms.Text.ApplyQuestionAnswering(model),
        ["entity-model"] = (context, model) => context.Transforms.Text.ApplyNamedEntityRecognition(
            new NamedEntityRecognitionScoringEstimator.Options { Model = model, ConstrainedDecoding = true }),
    };

    public static IEnumerable<object[]> Tasks => Methods.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Classes_are_as_probable_as_the_reference_says(string family)
    {
        using var oracle = new OracleModel(family, TaskKind.SequenceClassification, edit: OracleModel.Names("bad", "fair", "good"));
        string[] pair = OracleModel.Reference.GetProperty("pair").Deserialize<string[]>()!;
        float[][] logits = Reference<float[][]>(family, "sequence");
        IDataView text = Load(new SentenceRow { Sentence1 = Text("text") }),
            both = Load(new SentenceRow { Sentence1 = pair[0], Sentence2 = pair[1] });
        var single = _mlContext.Transforms.Text.ApplyTextClassification(oracle.Model);
        var ofPairs = _mlContext.Transforms.Text.ApplyTextClassification(oracle.Model, sentence2ColumnName: "Sentence2");
        foreach ((IDataView data, TextClassificationScoringEstimator estimator, float[] expected) in
            new[] { (text, single, logits[0]), (both, ofPairs, logits[1]) })
        {
            using BertTextClassificationTransformer transformer = estimator.Fit(data);
            IDataView output = transformer.Transform(data);
            AssertNear(Softmax(expected), output.GetColumn<float[]>("Score").Single());
            Assert.AreEqual(Array.IndexOf(expected, expected.Max()) + 1u, output.GetColumn<uint>("PredictedLabel").Single());
            CollectionAssert.AreEqual(new[] { "bad", "fair", "good" }, KeyValues(output.Schema["PredictedLabel"]));
            CollectionAssert.AreEqual(new[] { "bad", "fair", "good" }, SlotNames(output.Schema["Score"]));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Labels_of_words_are_as_probable_as_the_reference_says(string family)
    {
        using var oracle = new OracleModel(family, TaskKind.TokenClassification,
            edit: OracleModel.Names("O", "B-PER", "I-PER", "B-LOC", "I-LOC"));
        float[][] logits = Reference<float[][]>(family, "words");
        IDataView data = Load(new TextToLabel { Sentence = Text("text") });
        using BertNamedEntityRecognitionTransformer transformer =
            _mlContext.Transforms.Text.ApplyNamedEntityRecognition(oracle.Model).Fit(data);
        IDataView output = transformer.Transform(data);
        AssertNear([.. logits.Select(word => Softmax(word).Max())], output.GetColumn<float[]>("Score").Single());
        CollectionAssert.AreEqual(logits.Select(word => (uint)Array.IndexOf(word, word.Max()) + 1).ToArray(),
            output.GetColumn<uint[]>("PredictedLabel").Single());
        CollectionAssert.AreEqual(Text("text").Split(' '), output.GetColumn<string[]>("Word").Single());
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Answers_are_as_probable_as_the_reference_says(string family)
    {
        using var oracle = new OracleModel(family, TaskKind.QuestionAnswering);
        string[] asked = OracleModel.Reference.GetProperty("question").Deserialize<string[]>()!;
        float[][] logits = Reference<float[][]>(family, "context");
        (int Start, int End, float Score)[] spans =
            [.. from start in Enumerable.Range(0, logits.Length) from end in Enumerable.Range(start, logits.Length - start)
                select (start, end, logits[start][0] + logits[end][1])];
        float[] probabilities = Softmax([.. spans.Select(span => span.Score)]);
        (double Probability, string Text, int Start)[] expected = [.. spans.Zip(probabilities)
            .Select(pair => ((double)pair.Second, asked[1][(2 * pair.First.Start)..(2 * pair.First.End + 1)], 2 * pair.First.Start))
            .OrderByDescending(answer => answer.Item1).Take(3)];
        IDataView data = Load(new AskedRow { Question = asked[0], Context = asked[1] });
        using BertQuestionAnsweringTransformer transformer = _mlContext.Transforms.Text.ApplyQuestionAnswering(
            new QuestionAnsweringScoringEstimator.Options
            {
                Model = oracle.Model, MaxQuestionTokens = 3, StrideOverlap = 2, MaxAnswerTokens = 9, NBest = 100,
            }).Fit(data);
        AnsweredRow row = _mlContext.Data.CreateEnumerable<AnsweredRow>(transformer.Transform(data), reuseRowObject: false).Single();
        AssertNear([.. expected.Select(answer => (float)answer.Probability)], row.Score);
        CollectionAssert.AreEqual(expected.Select(answer => answer.Text).ToArray(), row.Answer);
        CollectionAssert.AreEqual(expected.Select(answer => answer.Start).ToArray(), row.AnswerStart);
    }

    [TestMethod]
    public void Each_problem_has_its_scores()
    {
        const TaskKind Kind = TaskKind.SequenceClassification;
        float[] logits = Reference<float[][]>("bert", "sequence")[0];
        float[] sigmoids = Array.ConvertAll(logits, logit => 1 / (1 + MathF.Exp(-logit)));
        IDataView data = Load(new SentenceRow { Sentence1 = Text("text") });
        foreach (string? problem in (string?[])[null, MultiLabelProblem.ProblemName])
        {
            using var many = new OracleModel("bert", Kind, edit: json =>
            {
                OracleModel.Names("x", "y", "z")(json);
                json["problem_type"] = problem;
            });
            using BertMultiLabelClassificationTransformer labels = _mlContext.Transforms.Text.ApplyMultiLabelClassification(
                new MultiLabelClassificationScoringEstimator.Options
                {
                    Model = many.Model, Threshold = sigmoids.Order().ElementAt(1) - 1e-3,
                }).Fit(data);
            AssertNear(sigmoids, labels.Transform(data).GetColumn<float[]>("Score").Single());
            string[] predicted = _mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(labels.Transform(data))
                .Transform(labels.Transform(data)).GetColumn<string[]>("PredictedLabel").Single();
            string[] names = ["x", "y", "z"];
            CollectionAssert.AreEqual(names.Where((_, i) => sigmoids[i] > sigmoids.Min()).ToArray(), predicted);
        }
        foreach (string? problem in (string?[])[null, RegressionProblem.ProblemName])
        {
            using var one = new OracleModel("bert", Kind, outputs: 1, edit: json =>
            {
                OracleModel.Names("LABEL_0")(json);
                json["problem_type"] = problem;
            });
            using BertSentenceSimilarityTransformer number =
                _mlContext.Transforms.Text.ApplySentenceSimilarity(one.Model, sentence2ColumnName: null).Fit(data);
            Assert.AreEqual(logits[0], number.Transform(data).GetColumn<float>("Score").Single(), 1e-4f);
            if (problem is not null)
                continue;
            using BertMultiLabelClassificationTransformer label = _mlContext.Transforms.Text.ApplyMultiLabelClassification(one.Model)
                .Fit(data);
            AssertNear(sigmoids[..1], label.Transform(data).GetColumn<float[]>("Score").Single());
            SortedDictionary<string, string[]> expected = SavedModels.Outputs(data, label);
            AssertSame(expected, SavedModels.Outputs(data, SavedAndLoaded(label, data)));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Tasks))]
    public void A_trained_head_gives_the_same_from_its_directory_from_a_zip_and_for_one_row(string name)
    {
        string directory = FolderOf(name);
        IDataView rows = Rows(name);
        SortedDictionary<string, string[]> expected = ReadyModels.Trained(directory);
        using var transformer = (ModelTransformerBase<TaskModel>)Methods[name](_mlContext, EncoderModel.FromDirectory(directory)).Fit(rows);
        AssertSame(expected, SavedModels.Outputs(rows, transformer));
        AssertSame(expected, SavedModels.Outputs(rows, SavedAndLoaded(transformer, rows)));
        AssertSame(expected.ToDictionary(column => column.Key, column => column.Value[..2]),
            SavedModels.Outputs(_mlContext.Data.TakeRows(rows, 1), transformer));

        using var rounded =
            (ModelTransformerBase<TaskModel>)Methods[name](_mlContext, EncoderModel.FromDirectory(directory).Quantized()).Fit(rows);
        SortedDictionary<string, string[]> inIntegers = SavedModels.Outputs(rows, rounded);
        CollectionAssert.AreNotEqual(expected["Score"], inIntegers["Score"]);
        AssertSame(inIntegers, SavedModels.Outputs(rows, SavedAndLoaded(rounded, rows)));
    }

    [TestMethod]
    public void A_prediction_engine_needs_no_data_at_all()
    {
        var pipeline = _mlContext.Transforms.Text.ApplyTextClassification(EncoderModel.FromDirectory(ReadyModels.Sentiment))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer transformer = pipeline.Fit(_mlContext.Data.LoadFromEnumerable(Array.Empty<SentenceRow>()));
        using PredictionEngine<SentenceRow, Predicted> engine =
            _mlContext.Model.CreatePredictionEngine<SentenceRow, Predicted>(transformer);
        Assert.AreEqual("positive", engine.Predict(new SentenceRow { Sentence1 = "A wonderful film." }).PredictedLabel);
        Assert.AreEqual("negative", engine.Predict(new SentenceRow { Sentence1 = "I was bored." }).PredictedLabel);
        Assert.IsGreaterThan(0.5f, engine.Predict(new SentenceRow { Sentence1 = "I was bored." }).Score[0]);
    }

    [TestMethod]
    public void A_zip_is_whole_in_a_fresh_process()
    {
        IDataView data = Load(new TextToLabel { Sentence = "Ann Lee left Rome." });
        using BertNamedEntityRecognitionTransformer transformer =
            _mlContext.Transforms.Text.ApplyNamedEntityRecognition(EncoderModel.FromDirectory(ReadyModels.Entity)).Fit(data);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            _mlContext.Model.Save(transformer, data.Schema, path);
            Assert.AreEqual("Ann Lee\tRome",
                FreshProcess.LoadAndTransform(path, "Sentence", "EntityText", "Ann Lee left Rome.")[^1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Labels_may_have_no_names_or_numbers_for_names()
    {
        IDataView data = Load(new SentenceRow { Sentence1 = "a b" });
        foreach ((Action<JsonObject> edit, string[] expected) in ((Action<JsonObject>, string[])[])
        [
            (json => json["num_labels"] = 3, ["LABEL_0", "LABEL_1", "LABEL_2"]),
            (OracleModel.Names("1", "2", "3"), ["1", "2", "3"]),
            (OracleModel.Names(1, 2, 3), ["1", "2", "3"]),
        ])
        {
            using var oracle = new OracleModel("distilbert", TaskKind.SequenceClassification, edit: edit);
            using BertTextClassificationTransformer transformer =
                _mlContext.Transforms.Text.ApplyTextClassification(oracle.Model).Fit(data);
            CollectionAssert.AreEqual(expected, KeyValues(transformer.Transform(data).Schema["PredictedLabel"]));
        }
    }

    /// <summary>The labels of the words are the reference's; the tags are named so that they make entities in each scheme.</summary>
    [TestMethod]
    [DataRow("-", false)]
    [DataRow("_", false)]
    [DataRow("-", true)]
    public void Entities_are_found_in_the_scheme_of_the_labels(string separator, bool hasEnds)
    {
        float[][] logits = Reference<float[][]>("bert", "words");
        int[] best = Array.ConvertAll(logits, word => Array.IndexOf(word, word.Max()));
        string[] words = Text("text").Split(' ');
        // Label 0 to 4 in the order in which they first occur: the first opens entities, and so on.
        string[] tags = hasEnds ? ["S-X", "B-X", "E-X", "I-X", "O"] : ["B-X", "I-X", "O", "B-Y", "I-Y"];
        string[] names = new string[5];
        int next = 0;
        foreach (int label in best.Concat(Enumerable.Range(0, 5)).Distinct())
            names[label] = tags[next++].Replace("-", separator, StringComparison.Ordinal);
        using var oracle = new OracleModel("bert", TaskKind.TokenClassification,
            edit: OracleModel.Names([.. names.Select(name => (JsonNode)name)]));
        IDataView data = Load(new TextToLabel { Sentence = Text("text") });
        using BertNamedEntityRecognitionTransformer transformer =
            _mlContext.Transforms.Text.ApplyNamedEntityRecognition(oracle.Model).Fit(data);
        FoundRow found = _mlContext.Data.CreateEnumerable<FoundRow>(transformer.Transform(data), reuseRowObject: false).Single();
        string[] expected = [.. best.Select(label => names[label])];
        var entities = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            if (expected[i][0] is 'B' or 'S')
                entities.Add(words[i]);
            else if (expected[i][0] is 'I' or 'E' && i > 0 && expected[i - 1][0] is 'B' or 'I' && expected[i - 1][2..] == expected[i][2..])
                entities[^1] += " " + words[i];
            else if (expected[i] != "O")
                entities.Add(words[i]);
        }
        CollectionAssert.AreEqual(entities, found.EntityText, string.Join(' ', expected));
        Assert.IsTrue(found.EntityType.All(type => type is "X" or "Y"), string.Join(' ', found.EntityType));
    }

    [TestMethod]
    public void The_wrong_method_names_the_right_one()
    {
        TransformsCatalog.TextTransforms text = _mlContext.Transforms.Text;
        (string Directory, string Method)[] right =
        [
            (ReadyModels.Sentiment, "ApplyTextClassification"), (ReadyModels.Topics, "ApplyMultiLabelClassification"),
            (ReadyModels.Similarity, "ApplySentenceSimilarity"), (ReadyModels.Question, "ApplyQuestionAnswering"),
            (ReadyModels.Entity, "ApplyNamedEntityRecognition"),
        ];
        foreach ((string directory, string method) in right)
        {
            EncoderModel model = EncoderModel.FromDirectory(directory);
            foreach ((string name, Action apply) in new Dictionary<string, Action>
            {
                ["ApplyTextClassification"] = () => text.ApplyTextClassification(model),
                ["ApplyMultiLabelClassification"] = () => text.ApplyMultiLabelClassification(model),
                ["ApplySentenceSimilarity"] = () => text.ApplySentenceSimilarity(model),
                ["ApplyQuestionAnswering"] = () => text.ApplyQuestionAnswering(model),
                ["ApplyNamedEntityRecognition"] = () => text.ApplyNamedEntityRecognition(model),
            }.Where(pair => pair.Key != method))
            {
                string message = Assert.Throws<ArgumentException>(apply, $"{name} of {directory}").Message;
                StringAssert.Contains(message, $"Use mlContext.Transforms.Text.{method}.");
                StringAssert.Contains(message, $"The model in '{directory}' ");
            }
        }
    }

    [TestMethod]
    public void A_head_with_one_output_has_two_methods_and_an_unknown_problem_none()
    {
        using var one = new OracleModel("bert", TaskKind.SequenceClassification, outputs: 1, edit: OracleModel.Names("LABEL_0"));
        string message = Assert.Throws<ArgumentException>(() => _mlContext.Transforms.Text.ApplyTextClassification(one.Model)).Message;
        StringAssert.Contains(message, "has one output for a text or a pair; expected one that chooses one class of several for a text. " +
            "Use mlContext.Transforms.Text.ApplySentenceSimilarity for the number itself, or " +
            "mlContext.Transforms.Text.ApplyMultiLabelClassification for its sigmoid.");
        foreach (string problem in (string[])["ranking", RegressionProblem.ProblemName])
        {
            using var odd = new OracleModel("bert", TaskKind.SequenceClassification, edit: json =>
            {
                OracleModel.Names("a", "b", "c")(json);
                json["problem_type"] = problem;
            });
            message = Assert.Throws<ArgumentException>(() => _mlContext.Transforms.Text.ApplySentenceSimilarity(odd.Model)).Message;
            StringAssert.Contains(message, problem == "ranking" ? "has the problem_type \"ranking\"; expected "
                : "gives a text 3 numbers; expected ");
            StringAssert.Contains(message,
                problem == "ranking" ? "Correct problem_type in config.json to " : "Only heads with one number are supported.");
        }
    }

    [TestMethod]
    public void A_model_without_a_head_or_a_column_that_is_missing_is_an_error_of_Fit()
    {
        IDataView data = Load(new SentenceRow());
        string message = Assert.Throws<CheckpointException>(() => _mlContext.Transforms.Text.ApplyTextClassification(TinyModel.Model)
            .Fit(data)).Message;
        StringAssert.Contains(message, "has no head of RobertaForSequenceClassification");
        StringAssert.Contains(message, "use a checkpoint that was fine-tuned for it");
        foreach ((string name, Func<MLContext, EncoderModel, IEstimator<ITransformer>> apply) in Methods)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => apply(_mlContext, EncoderModel.FromDirectory(FolderOf(name)))
                .Fit(_mlContext.Data.LoadFromEnumerable([new Nothing()])), name);
        }
    }

    [TestMethod]
    public void Options_are_checked_when_the_estimator_is_made()
    {
        TransformsCatalog.TextTransforms text = _mlContext.Transforms.Text;
        EncoderModel sentiment = EncoderModel.FromDirectory(ReadyModels.Sentiment), topics = EncoderModel.FromDirectory(ReadyModels.Topics);
        Assert.Throws<ArgumentNullException>(() => text.ApplyTextClassification((EncoderModel)null!));
        Assert.Throws<ArgumentNullException>(() => text.ApplyTextClassification((TextClassificationScoringEstimator.Options)null!));
        Assert.Throws<ArgumentException>(() => text.ApplyTextClassification(new() { Model = sentiment, MaxLength = 257 }));
        Assert.Throws<ArgumentException>(() => text.ApplyTextClassification(new() { Model = sentiment, Threads = -1 }));
        Assert.Throws<ArgumentException>(() => text.ApplyMultiLabelClassification(new() { Model = topics, Threshold = 1 }));
        Assert.Throws<ArgumentException>(() => text.ApplyQuestionAnswering(EncoderModel.FromDirectory(ReadyModels.Question), topK: 21));
        Assert.Throws<ArgumentException>(() => text.ApplyNamedEntityRecognition(
            new() { Model = EncoderModel.FromDirectory(ReadyModels.Entity), StrideOverlap = 300 }));
        var context = new MLContext(seed: 1) { GpuDeviceId = 99 };
        Assert.Throws<NotSupportedException>(() => context.Transforms.Text.ApplyTextClassification(sentiment));
    }

    [TestMethod]
    public void A_tokenizer_may_say_that_texts_are_shorter()
    {
        IDataView data = Load(new SentenceRow { Sentence1 = "a b c" });
        foreach ((string length, int expected) in ((string, int)[])[("12", 12), ("512", 20), ("1000000000000000019884624838656", 20)])
        {
            using var oracle = new OracleModel("bert", TaskKind.SequenceClassification, edit: OracleModel.Names("a", "b", "c"));
            File.WriteAllText(Path.Combine(oracle.Folder, "tokenizer_config.json"), $$"""{ "model_max_length": {{length}} }""");
            Assert.AreEqual(expected, oracle.Model.MaxLength);
            using BertTextClassificationTransformer transformer =
                _mlContext.Transforms.Text.ApplyTextClassification(oracle.Model).Fit(data);
            Assert.AreEqual(expected, transformer.MaxLength);
        }
    }

    [TestMethod]
    public void All_transformers_of_an_estimator_share_one_model()
    {
        TextClassificationScoringEstimator estimator =
            _mlContext.Transforms.Text.ApplyTextClassification(EncoderModel.FromDirectory(ReadyModels.Sentiment));
        IDataView data = Load(ReadyModels.Sentences);
        using BertTextClassificationTransformer first = estimator.Fit(data);
        using (BertTextClassificationTransformer second = estimator.Fit(data))
            second.Threads = 1;
        Assert.AreEqual(1, first.Threads);
        Assert.HasCount(2, first.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void Fit_can_be_canceled()
    {
        using var source = new CancellationTokenSource();
        var options = new TextClassificationScoringEstimator.Options
        {
            Model = EncoderModel.FromDirectory(ReadyModels.Sentiment), CancellationToken = source.Token,
        };
        TextClassificationScoringEstimator estimator = _mlContext.Transforms.Text.ApplyTextClassification(options);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => estimator.Fit(Load(new SentenceRow())));
        options.CancellationToken = CancellationToken.None;
        using BertTextClassificationTransformer transformer = estimator.Fit(Load(new SentenceRow()));
        Assert.IsNull(transformer.TrainingReport);
    }

    private static string Text(string name) => OracleModel.Reference.GetProperty(name).GetString()!;

    private static T Reference<T>(string family, string name) =>
        OracleModel.Reference.GetProperty("families").GetProperty(family).GetProperty(name).Deserialize<T>()!;

    private static string FolderOf(string name) => Path.Combine(Path.GetDirectoryName(ReadyModels.Sentiment)!, name);

    private static float[] Softmax(float[] logits)
    {
        double[] powers = Array.ConvertAll(logits, logit => Math.Exp(logit));
        return Array.ConvertAll(powers, power => (float)(power / powers.Sum()));
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-4f, $"[{i}]");
    }

    private static void AssertSame(IDictionary<string, string[]> expected, IDictionary<string, string[]> actual)
    {
        CollectionAssert.AreEqual(expected.Keys.Order().ToArray(), actual.Keys.Order().ToArray());
        foreach ((string column, string[] values) in expected)
            CollectionAssert.AreEqual(values, actual[column], column);
    }

    private static string[] KeyValues(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    private static string[] SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetSlotNames(ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    private IDataView Load<TRow>(params TRow[] rows) where TRow : class => _mlContext.Data.LoadFromEnumerable(rows);

    /// <summary>The rows that a model was trained on.</summary>
    private IDataView Rows(string name) => name switch
    {
        "sentiment-model" => ReadyModels.Keys(_mlContext, "Category", ReadyModels.Sentences),
        "topics-model" => ReadyModels.Keys(_mlContext, "Tags", ReadyModels.Tagged),
        "similarity-model" => Load(ReadyModels.Pairs),
        "question-model" => Load(ReadyModels.Questions),
        _ => Load(ReadyModels.Words),
    };

    private ITransformer SavedAndLoaded(ITransformer model, IDataView data)
    {
        using var zip = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, zip);
        zip.Position = 0;
        return new MLContext(seed: 9).Model.Load(zip, out _);
    }

    private sealed class Nothing
    {
        public float Number { get; set; }
    }

    private sealed class TextToLabel
    {
        public string Sentence { get; set; } = "";
    }

    private sealed class Predicted
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private sealed class FoundRow
    {
        public string[] EntityText { get; set; } = [];

        public string[] EntityType { get; set; } = [];
    }
}
