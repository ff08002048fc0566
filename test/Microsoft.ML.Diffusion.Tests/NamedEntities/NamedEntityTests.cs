using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Named entities as a user of ML.NET meets them, on a toy language in which X is a person's
/// first name and Y goes on with it.</summary>
[TestClass]
public sealed class NamedEntityTests
{
    private static readonly string[] s_tags = ["O", "B-PER", "I-PER"];
    private static readonly string[][] s_words = [.. Enumerable.Range(0, 48).Select(i => Words(i, 2 + i % 5))];
    private static readonly WordRow[] s_rows = [.. s_words.Select(words => new WordRow { Sentence = words, Label = Tags(words) })];

    private static string ModelPath => Path.Combine(Path.GetTempPath(), $"named-entities-{Environment.ProcessId}.zip");

    [ClassCleanup]
    public static void Remove() => File.Delete(ModelPath);

    [TestMethod]
    public void Words_with_labels_of_text_are_learned_and_all_columns_agree()
    {
        var mlContext = new MLContext(seed: 1);
        var reports = new Messages(mlContext, ChannelMessageKind.Info);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows);
        using BertNamedEntityRecognitionTransformer transformer = Fit(mlContext, data, options => options.ValidationFraction = 0.2);
        Assert.IsTrue(reports.Any(message => message.Contains("entity F1", StringComparison.Ordinal)), "validation is logged");
        Assert.IsTrue(reports.Any(message => message.Contains("start from fresh weights", StringComparison.Ordinal)),
            "a fresh head is logged");
        Assert.IsNotNull(transformer.TrainingReport!.Best);

        IDataView labeled = transformer.Transform(data);
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(labeled);
        Assert.IsGreaterThan(0.9, metrics.F1, metrics.ToString());
        Assert.AreEqual(metrics.F1, metrics.PerType["PER"].F1);
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "O" }, Keys(labeled.Schema["PredictedLabel"]),
            "labels that are found are in ordinal order");
        foreach (Output row in mlContext.Data.CreateEnumerable<Output>(labeled, reuseRowObject: false))
        {
            CollectionAssert.AreEqual(row.Sentence, row.Word);
            Assert.HasCount(row.Sentence.Length, row.PredictedLabel);
            Assert.IsTrue(row.Score.All(score => score is > 0 and <= 1));
            string text = string.Join(' ', row.Sentence);
            for (int i = 0; i < row.EntityType.Length; i++)
            {
                Assert.AreEqual("PER", row.EntityType[i]);
                Assert.AreEqual(row.EntityText[i], text.Substring(row.EntityStart[i], row.EntityLength[i]));
                Assert.IsTrue(row.EntityScore[i] is > 0 and <= 1);
            }
            Assert.HasCount(row.PredictedLabel.Count(key => key == 1), row.EntityType);
        }
    }

    [TestMethod]
    public void A_sentence_split_at_spaces_with_a_vector_of_keys_is_taken_as_TorchSharp_takes_it()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data =
            mlContext.Data.LoadFromEnumerable(
                s_words.Select(words => new Sentences { Sentence = string.Join(' ', words), Label = Tags(words) }));
        IDataView tags = mlContext.Data.LoadFromEnumerable(s_tags.Select(tag => new Tag { Name = tag }));
        IEstimator<ITransformer> pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: tags)
            .Append(mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: Options()))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(data);
        string[][] predicted = Texts(model.Transform(data), "PredictedLabel");
        int right = 0, all = 0;
        for (int i = 0; i < predicted.Length; i++)
        {
            Assert.HasCount(s_words[i].Length, predicted[i]);
            right += predicted[i].Where((tag, word) => tag == s_rows[i].Label[word]).Count();
            all += predicted[i].Length;
        }
        Assert.IsGreaterThan(0.9, (double)right / all);
        CollectionAssert.AreEqual(s_tags, Keys(((IEnumerable<ITransformer>)model).First().Transform(data).Schema["Label"]));
        Assert.AreEqual(WordSplitting.Spaces, ((IEnumerable<ITransformer>)model).OfType<BertNamedEntityRecognitionTransformer>()
            .Single().Splitting);
    }

    [TestMethod]
    public void Where_no_key_is_O_a_missing_key_stands_for_it()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data =
            mlContext.Data.LoadFromEnumerable(
                s_words.Select(words => new Sentences
                    {
                        Sentence = string.Join(' ', words), Label = [.. words.Select(word => word == "X" ? "PERSON" : "0")]
                    }));
        IDataView labeled = mlContext.Transforms.Conversion.MapValueToKey("Label",
            keyData: mlContext.Data.LoadFromEnumerable([new Tag { Name = "PERSON" }]))
            .Append(mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: Options()))
            .Fit(data).Transform(data);
        CollectionAssert.AreEqual(new[] { "PERSON", "O" }, Keys(labeled.Schema["PredictedLabel"]));
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(labeled);
        Assert.IsGreaterThan(0.9, metrics.F1, metrics.ToString());
        Assert.IsGreaterThan(0.9, metrics.WordAccuracy);
        CollectionAssert.AreEqual(new[] { "PERSON" }, metrics.PerType.Keys.ToArray());
    }

    [TestMethod]
    public void Entities_by_characters_are_learned_from_raw_text_and_measured()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_words.Select(Spans));
        using BertNamedEntityRecognitionTransformer transformer =
            Fit(mlContext, data, options => (options.LabelStartColumnName, options.LabelLengthColumnName) = ("LabelStart", "LabelLength"));
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "O" }, transformer.Labels.ToArray());
        Assert.AreEqual(WordSplitting.Punctuation, transformer.Splitting);
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateEntitySpans(transformer.Transform(data));
        Assert.IsGreaterThan(0.9, metrics.F1, metrics.ToString());
        Assert.AreEqual(double.NaN, metrics.WordAccuracy);
    }

    [TestMethod]
    public void A_model_loaded_in_a_fresh_process_finds_the_same()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_words.Select(Spans));
        using BertNamedEntityRecognitionTransformer transformer = Fit(mlContext, data, options =>
        {
            (options.LabelStartColumnName, options.LabelLengthColumnName, options.ScoreColumnName) =
                ("LabelStart", "LabelLength", "Probability");
            (options.MaxLength, options.StrideOverlap, options.Epochs) = (20, 5, 2);
        });
        string[] texts = ["the X Y sat, and X sat", "", string.Join(' ', Words(7, 60))];
        IDataView input = mlContext.Data.LoadFromEnumerable(texts.Select(text => new Raw { Sentence = text }));
        mlContext.Model.Save(transformer, input.Schema, ModelPath);
        using (var loaded = (BertNamedEntityRecognitionTransformer)new MLContext().Model.Load(ModelPath, out _))
        {
            Assert.AreEqual(transformer.ConstrainedDecoding, loaded.ConstrainedDecoding);
            Assert.AreEqual(transformer.Splitting, loaded.Splitting);
            CollectionAssert.AreEqual(transformer.Labels.ToArray(), loaded.Labels.ToArray());
            Assert.IsNull(loaded.TrainingReport);
        }
        mlContext.Model.Save(new TransformerChain<ITransformer>(transformer), input.Schema, ModelPath);
        foreach (string column in (string[])["Probability", "EntityScore"])
        {
            string[] expected = [.. Numbers(transformer.Transform(input), column).Select(scores => string.Join('\t', scores))];
            string[] lines = FreshProcess.LoadAndTransform(ModelPath, "Sentence", column, texts);
            StringAssert.Contains(lines[0], typeof(BertNamedEntityRecognitionTransformer).FullName);
            CollectionAssert.AreEqual(expected.Select(line => line.Trim()).ToArray(),
                lines[2..].Concat(Enumerable.Repeat("", texts.Length)).Take(texts.Length).ToArray(), column);
        }
    }

    [TestMethod]
    public void A_prediction_engine_finds_what_a_cursor_finds_whichever_way_words_come()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows);
        using BertNamedEntityRecognitionTransformer transformer = Fit(mlContext, data, options => options.Epochs = 2);
        Output[] batch = [.. mlContext.Data.CreateEnumerable<Output>(transformer.Transform(data), reuseRowObject: false)];
        using PredictionEngine<WordRow, Output> words =
            mlContext.Model.CreatePredictionEngine<WordRow, Output>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        using PredictionEngine<Raw, RawOutput> texts =
            mlContext.Model.CreatePredictionEngine<Raw, RawOutput>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < 10; i++)
        {
            Output one = words.Predict(s_rows[i]);
            CollectionAssert.AreEqual(batch[i].PredictedLabel, one.PredictedLabel);
            CollectionAssert.AreEqual(batch[i].Score, one.Score);
            CollectionAssert.AreEqual(batch[i].EntityText, one.EntityText);
            RawOutput raw = texts.Predict(new Raw { Sentence = string.Join(' ', s_words[i]) });
            CollectionAssert.AreEqual(batch[i].Word, raw.Word);
            CollectionAssert.AreEqual(batch[i].PredictedLabel, raw.PredictedLabel);
        }
        CollectionAssert.AreEqual(new[] { "the", "X", ",", "." }, texts.Predict(new Raw { Sentence = "the X,." }).Word);
        Assert.IsEmpty(texts.Predict(new Raw()).Word, "a missing text has no words");
        Assert.HasCount(3000, texts.Predict(new Raw { Sentence = string.Join(' ', Words(1, 3000)) }).PredictedLabel);
    }

    [TestMethod]
    public void The_same_seed_teaches_the_same_and_missing_labels_teach_nothing()
    {
        float[] first = Scores(s_rows);
        CollectionAssert.AreEqual(first, Scores(s_rows));
        // A row whose labels are all missing changes no batch.
        CollectionAssert.AreEqual(first, Scores([.. s_rows, new WordRow { Sentence = ["X", "Y"], Label = ["", ""] }]));
        CollectionAssert.AreNotEqual(first, Scores([.. s_rows, new WordRow { Sentence = ["X", "Y"], Label = ["O", ""] }]));

        static float[] Scores(WordRow[] rows)
        {
            var mlContext = new MLContext(seed: 1);
            using BertNamedEntityRecognitionTransformer transformer =
                Fit(mlContext, mlContext.Data.LoadFromEnumerable(rows), options => options.Epochs = 1);
            return Numbers(transformer.Transform(mlContext.Data.LoadFromEnumerable(s_rows)), "Score")[0];
        }
    }

    [TestMethod]
    public void Constrained_decoding_is_on_where_the_labels_are_IOB2()
    {
        Assert.IsTrue(Constrained(["X", "Y"], ["B-PER", "I-PER"], null));
        Assert.IsFalse(Constrained(["X", "Y"], ["I-PER", "B-PER"], null), "IOB1");
        Assert.IsFalse(Constrained(["X", "Y"], ["B-PER", "I-PER"], false));
        Assert.IsTrue(Constrained(["X", "Y"], ["I-PER", "B-PER"], true));

        static bool Constrained(string[] words, string[] tags, bool? asked)
        {
            var mlContext = new MLContext(seed: 1);
            using BertNamedEntityRecognitionTransformer transformer = Fit(
                mlContext, mlContext.Data.LoadFromEnumerable([new WordRow { Sentence = words, Label = tags }]),
                options => (options.ConstrainedDecoding, options.Epochs) = (asked, 1));
            return transformer.ConstrainedDecoding;
        }
    }

    [TestMethod]
    public void Rows_that_cannot_be_learned_say_which_and_why()
    {
        Refused([s_rows[0], new WordRow { Sentence = ["a", "b", "c"], Label = ["O"] }],
            "Row 1: there are 3 words in 'Sentence' and 1 labels in 'Label'");
        Refused([], "because there is no row");
        Refused([new WordRow { Sentence = ["a"], Label = [""] }], "no word has a label in 'Label'");
        Refused([new WordRow { Sentence = ["a"], Label = ["O"] }], "'B-XYZ' is not a label",
            options => options.ClassWeights = new Dictionary<string, double> { ["B-XYZ"] = 2 });

        Refused([new WordRow { Sentence = ["a"], Label = ["O"] }], "all 1 weights are 0",
            options => options.ClassWeights = new Dictionary<string, double> { ["O"] = 0 });
        Refused([new WordRow { Sentence = ["a", "b"], Label = ["O", "B-X"] }], "further apart than float holds",
            options => options.ClassWeights = new Dictionary<string, double> { ["O"] = 1e300 });

        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        Fit(mlContext,
            mlContext.Data.LoadFromEnumerable([.. s_rows, new WordRow(),
                new WordRow { Sentence = [new string('z', 80), "q"], Label = ["O", ""] }]), options => options.Epochs = 0.1).Dispose();
        CollectionAssert.AreEquivalent(
            new[] { "1 rows have no words and were left out.", "1 words have no label and are not trained on.",
                "1 words have more pieces than the model takes at once; the first pieces of each are read." },
            warnings.ToArray());

        IDataView spans =
            mlContext.Data.LoadFromEnumerable(
                [new Spanned { Sentence = "X sat", Label = ["PER"], LabelStart = [0, 1], LabelLength = [1] }]);
        Exception exception =
            Assert.Throws<ArgumentException>(() => Fit(mlContext, spans,
                options => (options.LabelStartColumnName, options.LabelLengthColumnName) = ("LabelStart", "LabelLength")));
        StringAssert.Contains(exception.Message, "1 entity types in 'Label', 2 starts in 'LabelStart' and 1 lengths");
        IDataView beyond =
            mlContext.Data.LoadFromEnumerable([new Spanned { Sentence = "X sat", Label = ["PER"], LabelStart = [3], LabelLength = [9] }]);
        exception = Assert.Throws<ArgumentException>(() => Fit(mlContext, beyond,
            options => (options.LabelStartColumnName, options.LabelLengthColumnName) = ("LabelStart", "LabelLength")));
        StringAssert.Contains(exception.Message, "Row 0: An entity of type 'PER' starts at 3 and has 9 characters");

        static void Refused(WordRow[] rows, string part, Action<BertNamedEntityRecognitionEstimator.Options>? change = null)
        {
            var mlContext = new MLContext(seed: 1);
            var messages = new Messages(mlContext, ChannelMessageKind.Info);
            Exception exception = Assert.Throws<ArgumentException>(() => Fit(mlContext, mlContext.Data.LoadFromEnumerable(rows), change));
            StringAssert.Contains(exception.Message, part);
            Assert.IsFalse(messages.Any(message => message.Contains("parameters;", StringComparison.Ordinal)), "no model is loaded for it");
        }
    }

    [TestMethod]
    public void Labels_not_seen_in_training_count_as_missed()
    {
        var mlContext = new MLContext(seed: 1);
        using BertNamedEntityRecognitionTransformer transformer =
            Fit(mlContext, mlContext.Data.LoadFromEnumerable(s_rows),
                options => options.ValidationSet = mlContext.Data.LoadFromEnumerable([Unknown()]));
        Assert.IsNotNull(transformer.TrainingReport!.Best);
        NamedEntityMetrics metrics =
            mlContext.MulticlassClassification.EvaluateNamedEntities(transformer.Transform(mlContext.Data.LoadFromEnumerable([Unknown()])));
        Assert.AreEqual((1, 0), (metrics.PerType["ORG"].Actual, metrics.PerType["ORG"].Predicted));

        static WordRow Unknown() => new() { Sentence = ["the", "sat"], Label = ["O", "B-ORG"] };
    }

    [TestMethod]
    public void Schemas_and_options_are_checked_early()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows);
        SchemaRefused("Label", "Nothing", _ => { }, "Nothing");
        SchemaRefused("Number", "Sentence", _ => { }, "Number");
        SchemaRefused("Label", "Number", _ => { }, "Number");
        SchemaRefused("Label", "Sentence", options => (options.LabelStartColumnName, options.LabelLengthColumnName) =
            ("Label", "Label"), "Int32");
        foreach ((Action<BertNamedEntityRecognitionEstimator.Options> change, string named) in
            new (Action<BertNamedEntityRecognitionEstimator.Options>, string)[]
        {
            (options => options.BatchSize = -1, "BatchSize"), (options => options.Epochs = 0, "Epochs"),
                (options => options.LabelSmoothing = 1, "LabelSmoothing"),
            (options => options.LabelStartColumnName = "Start", "LabelLengthColumnName"),
            (options => options.StrideOverlap = 30, "StrideOverlap"),
            (options => options.MaxLength = 33, "MaxLength"), (options => options.ScoreColumnName = "Word", "'Word'"),
            (options => options.Splitting = (WordSplitting)9, "Splitting"),
            (options => options.ClassWeights = new Dictionary<string, double> { ["O"] = -1 }, "ClassWeights"),
            (options => options.ClassWeights = new Dictionary<string, double> { ["O"] = double.NaN }, "ClassWeights"),
            (options => options.ClassWeights = new Dictionary<string, double> { ["O"] = 1e30, ["B-PER"] = 1e-30, ["I-PER"] = 0 },
                "further apart than float holds"),
        })
        {
            BertNamedEntityRecognitionEstimator.Options options = Options();
            change(options);
            Exception refused =
                Assert.Throws<ArgumentException>(
                    () => mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options), named);
            StringAssert.Contains(refused.Message, named);
        }

        void SchemaRefused(string label, string sentence, Action<BertNamedEntityRecognitionEstimator.Options> change, string part)
        {
            BertNamedEntityRecognitionEstimator.Options options = Options();
            (options.LabelColumnName, options.Sentence1ColumnName) = (label, sentence);
            change(options);
            BertNamedEntityRecognitionEstimator estimator = mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options);
            IEstimator<ITransformer> chain = mlContext.Transforms.CopyColumns("Copy", "Sentence").Append(estimator);
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => chain.Fit(data)).Message, part);
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message, part);
        }
    }

    [TestMethod]
    public void Column_files_are_read_as_rows()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "-DOCSTART- O\n\nX I-PER\nY I-PER\nX B-PER\nsat O\n\nthe O\n");
            IDataView data = new MLContext().Data.LoadFromConll(path);
            string[][] words = Texts(data, "Sentence"), tags = Texts(data, "Label");
            Assert.HasCount(2, words);
            CollectionAssert.AreEqual(new[] { "X", "Y", "X", "sat" }, words[0]);
            CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "B-PER", "O" }, tags[0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void What_a_column_file_probably_does_not_mean_is_said()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "Anna\tB_PER\nbor\t0\ni\t0\nRom\tB_LOC\n");
            var mlContext = new MLContext(seed: 1);
            var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
            IDataView data = mlContext.Data.LoadFromConll(path);
            StringAssert.Contains(warnings.Single(), $"'{path}': 2 of 4 words have the tag '0'");
            CollectionAssert.AreEqual(new[] { "B-PER", "B-0", "I-0", "B-LOC" }, Texts(data, "Label")[0]);
            Fit(mlContext, data, options => options.Epochs = 1).Dispose();
            Assert.AreEqual(2,
                warnings.Count(message => message.Contains("'Label': 1 of 4 words have the tag '", StringComparison.Ordinal) &&
                    message.Contains("looks like O", StringComparison.Ordinal)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    [DataRow("B-PER", "I-PER", "E-PER", "S-PER")]
    [DataRow("B_PER", "I_PER", "E_PER", "S_PER")]
    [DataRow("PER-B", "PER-I", "PER-L", "PER-U")]
    public void Labels_of_other_schemes_are_learned_as_they_stand(string begin, string inside, string end, string unit)
    {
        // X and the Ys that follow it are a person.
        WordRow[] rows = [.. s_words.Concat(Enumerable.Range(0, 24).Select(Runs))
            .Select(words => new WordRow { Sentence = words, Label = [.. words.Select((_, i) => TagOf(words, i))] })];
        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        IDataView data = mlContext.Data.LoadFromEnumerable(rows);
        using BertNamedEntityRecognitionTransformer transformer = Fit(mlContext, data, options => options.Epochs = 30);
        Assert.IsEmpty(warnings);
        Assert.IsTrue(transformer.ConstrainedDecoding);
        CollectionAssert.AreEquivalent(new[] { begin, inside, end, unit, "O" }, transformer.Labels.ToArray());
        IDataView labeled = transformer.Transform(data);
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(labeled);
        Assert.IsGreaterThan(0.7, metrics.F1, metrics.ToString());
        CollectionAssert.AreEqual(new[] { "PER" }, metrics.PerType.Keys.ToArray());
        var decoder = new TagDecoder(transformer.Labels);
        int entities = 0;
        foreach (Output row in mlContext.Data.CreateEnumerable<Output>(labeled, reuseRowObject: false))
        {
            Assert.IsTrue(decoder.IsValid([.. row.PredictedLabel.Select(key => (int)key - 1)]));
            string[] tags = [.. row.PredictedLabel.Select(key => transformer.Labels[(int)key - 1])];
            Assert.HasCount(tags.Count(tag => tag == begin || tag == unit), row.EntityType);
            Assert.IsTrue(row.EntityType.All(type => type == "PER"));
            string text = string.Join(' ', row.Sentence);
            for (int i = 0; i < row.EntityText.Length; i++)
                Assert.AreEqual(row.EntityText[i], text.Substring(row.EntityStart[i], row.EntityLength[i]));
            entities += row.EntityText.Count(entity => entity.Contains(' ', StringComparison.Ordinal));
        }
        Assert.IsGreaterThan(5, entities, "entities of several words are found");
        mlContext.Model.Save(transformer, data.Schema, ModelPath);
        using var loaded = (BertNamedEntityRecognitionTransformer)new MLContext().Model.Load(ModelPath, out _);
        CollectionAssert.AreEqual(Texts(labeled, "EntityText").SelectMany(row => row).ToArray(),
            Texts(loaded.Transform(data), "EntityText").SelectMany(row => row).ToArray());

        string TagOf(string[] words, int i)
        {
            bool isIn = IsIn(words, i), goesOn = i + 1 < words.Length && words[i + 1] == "Y" && isIn;
            return !isIn ? "O" : words[i] == "X" ? goesOn ? begin : unit : goesOn ? inside : end;
        }

        static string[] Runs(int i) =>
            ["the", "X", .. Enumerable.Repeat("Y", i % 4), "sat", "X", .. Enumerable.Repeat("Y", i / 4 % 4), "on"];

        static bool IsIn(string[] words, int i) => words[i] == "X" || (words[i] == "Y" && i > 0 && IsIn(words, i - 1));
    }

    [TestMethod]
    public void Labels_are_measured_in_their_own_scheme_and_odd_ones_are_named()
    {
        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        IDataView data = mlContext.Data.LoadFromEnumerable(
            [new TagPair
            {
                Label = ["B-PER", "I-PER", "I-PER", "E-PER", "O", "S-LOC"], PredictedLabel = ["B-PER", "I-PER", "E-PER", "O", "O", "S-LOC"]
            }]);
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(data);
        Assert.AreEqual((2L, 1L, 0.5), (metrics.Overall.Actual, metrics.Overall.Correct, metrics.F1));
        Assert.IsEmpty(warnings);
        data = mlContext.Data.LoadFromEnumerable([new TagPair { Label = ["B-PER", "0"], PredictedLabel = ["B-PER", "0"] }]);
        Assert.AreEqual(2L, mlContext.MulticlassClassification.EvaluateNamedEntities(data).Overall.Actual);
        StringAssert.Contains(warnings.Single(), "'Label': 1 of 2 words have the tag '0'");
    }

    [TestMethod]
    public void Canceling_the_context_stops_learning()
    {
        var mlContext = new MLContext(seed: 1);
        mlContext.Log += (_, e) =>
        {
            if (e.RawMessage.Contains("step ", StringComparison.Ordinal))
                Cancellation.Request(mlContext);
        };
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows);
        Assert.Throws<OperationCanceledException>(() => Fit(mlContext, data, options => options.Epochs = 1e5));
    }

    private static BertNamedEntityRecognitionTransformer Fit(MLContext mlContext, IDataView data,
        Action<BertNamedEntityRecognitionEstimator.Options>? change = null)
    {
        BertNamedEntityRecognitionEstimator.Options options = Options();
        change?.Invoke(options);
        return mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(data);
    }

    private static BertNamedEntityRecognitionEstimator.Options Options() => new()
    {
        Model = TinyModel.Model, Epochs = 15, BatchSize = 8, LearningRate = 1e-2, ProgressInterval = TimeSpan.Zero, Seed = 3,
    };

    private static string[] Words(int seed, int length) =>
        [.. Enumerable.Range(0, length).Select(i => (((seed * 31) + (i * 17) + (i * i * seed)) % 7) switch
    {
        0 or 1 => "X",
        2 or 3 => "Y",
        4 => "sat",
        5 => "on",
        _ => "the",
    })];

    private static string[] Tags(string[] words)
    {
        var tags = new string[words.Length];
        for (int i = 0; i < words.Length; i++)
            tags[i] = words[i] == "X" ? "B-PER" : words[i] == "Y" && i > 0 && tags[i - 1] != "O" ? "I-PER" : "O";
        return tags;
    }

    private static Spanned Spans(string[] words)
    {
        string[] tags = Tags(words);
        List<(string Type, int Start, int End)> spans = [];
        for (int i = 0; i < tags.Length; i++)
        {
            if (tags[i] == "B-PER")
                spans.Add(("PER", i, i + 1));
            else if (tags[i] == "I-PER")
                spans[^1] = spans[^1] with { End = i + 1 };
        }
        int[] starts = [.. spans.Select(span => words[..span.Start].Sum(word => word.Length + 1))];
        return new Spanned
        {
            Sentence = string.Join(' ', words),
            Label = [.. spans.Select(span => span.Type)],
            LabelStart = starts,
            LabelLength = [.. spans.Select(span => string.Join(' ', words[span.Start..span.End]).Length)],
        };
    }

    private static string[][] Texts(IDataView data, string column) =>
        [.. data.GetColumn<VBuffer<ReadOnlyMemory<char>>>(column)
            .Select(items => items.DenseValues().Select(item => item.ToString()).ToArray())];

    private static float[][] Numbers(IDataView data, string column) =>
        [.. data.GetColumn<VBuffer<float>>(column).Select(items => items.DenseValues().ToArray())];

    private static string[] Keys(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    private sealed class WordRow
    {
        public string[] Sentence { get; set; } = [];

        public string[] Label { get; set; } = [];

        public float Number { get; set; }
    }

    private sealed class Sentences
    {
        public string Sentence { get; set; } = "";

        public string[] Label { get; set; } = [];
    }

    private sealed class Spanned
    {
        public string Sentence { get; set; } = "";

        public string[] Label { get; set; } = [];

        public int[] LabelStart { get; set; } = [];

        public int[] LabelLength { get; set; } = [];
    }

    private sealed class Raw
    {
        public string? Sentence { get; set; }
    }

    private sealed class Tag
    {
        public string Name { get; set; } = "";
    }

    private sealed class TagPair
    {
        public string[] Label { get; set; } = [];

        public string[] PredictedLabel { get; set; } = [];
    }

    private sealed class RawOutput
    {
        public uint[] PredictedLabel { get; set; } = [];

        public string[] Word { get; set; } = [];
    }

    private sealed class Output
    {
        public string[] Sentence { get; set; } = [];

        public string[] Word { get; set; } = [];

        public uint[] PredictedLabel { get; set; } = [];

        public float[] Score { get; set; } = [];

        public string[] EntityType { get; set; } = [];

        public string[] EntityText { get; set; } = [];

        public int[] EntityStart { get; set; } = [];

        public int[] EntityLength { get; set; } = [];

        public float[] EntityScore { get; set; } = [];
    }
}
