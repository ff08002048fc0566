using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Question answering as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class BertQuestionAnsweringTests
{
    private static readonly QuestionRow[] s_rows = QuestionRow.Rows(40);
    private static readonly Lazy<BertQuestionAnsweringTransformer> s_taught =
        new(() => QuestionRow.Fit(new MLContext(seed: 1), s_rows, QuestionRow.Options()));

    public TestContext TestContext { get; set; } = null!;

    [ClassCleanup]
    public static void Free() => s_taught.Value.Dispose();

    [TestMethod]
    public void It_learns_and_answers_with_the_contexts_own_characters()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView answered = s_taught.Value.Transform(mlContext.Data.LoadFromEnumerable(s_rows));
        SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(answered);
        Assert.IsGreaterThan(.9, report.Overall.F1);
        Assert.AreEqual(0, report.NoAnswer.Count);
        Assert.AreEqual(report, mlContext.MulticlassClassification.EvaluateQuestionAnswering(answered, answersColumnName: "TrainingAnswer"),
            "one right answer as text");

        AnsweredRow[] rows = Read(mlContext, answered);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.HasCount(3, rows[i].Answer);
            Assert.HasCount(3, rows[i].Score);
            for (int k = 0; k < 3; k++)
                Assert.AreEqual(rows[i].Answer[k], s_rows[i].Context!.Substring(rows[i].AnswerStart[k], rows[i].Answer[k].Length));
            CollectionAssert.AreEqual(rows[i].Score.OrderDescending().ToArray(), rows[i].Score);
            Assert.IsLessThanOrEqualTo(1.0001f, rows[i].Score.Sum());
        }
        Assert.IsNotNull(s_taught.Value.TrainingReport);
    }

    [TestMethod]
    public void The_questions_alone_are_enough_to_ask_and_a_row_does_not_depend_on_others()
    {
        var mlContext = new MLContext(seed: 1);
        AskedRow[] asked = [.. s_rows.Select(row => new AskedRow { Context = row.Context, Question = row.Question })];
        AnsweredRow[] together = Read(mlContext, s_taught.Value.Transform(mlContext.Data.LoadFromEnumerable(asked)));
        IReadOnlyList<AnswerList> outside = s_taught.Value.Answer([.. asked.Select(row => new AskedQuestion(row.Context!, row.Question!))]);
        using PredictionEngine<AskedRow, AnsweredRow> engine = mlContext.Model.CreatePredictionEngine<AskedRow, AnsweredRow>(
            s_taught.Value, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < asked.Length; i++)
        {
            AnsweredRow alone = engine.Predict(asked[i]);
            AssertSame(together[i], alone);
            Assert.AreEqual(outside[i].Text, alone.Answer[0]);
            Assert.AreEqual((float)outside[i].Candidates[0].Probability, alone.Score[0]);
        }
    }

    [TestMethod]
    public void A_chain_loaded_in_a_fresh_process_answers_the_same()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.zip");
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows);
        try
        {
            ITransformer model = mlContext.Transforms.CopyColumns("Question", "Context").Append(new Fitted(s_taught.Value)).Fit(data);
            IDataView answered = model.Transform(data);
            mlContext.Model.Save(model, data.Schema, path);
            AnsweredRow[] expected = [.. Read(mlContext, answered).Take(5)];
            string[] texts = [.. s_rows.Take(5).Select(row => row.Context!)];
            string[] answers = FreshProcess.LoadAndTransform(path, "Context", "Answer", texts),
                scores = FreshProcess.LoadAndTransform(path, "Context", "Score", texts);
            StringAssert.Contains(answers[0], typeof(BertQuestionAnsweringTransformer).FullName);
            CollectionAssert.AreEqual(expected.Select(row => string.Join('\t', row.Answer)).ToArray(), answers[2..]);
            CollectionAssert.AreEqual(
                expected.Select(row => string.Join('\t',
                    row.Score.Select(score => score.ToString("R", System.Globalization.CultureInfo.InvariantCulture))))
                    .ToArray(), scores[2..]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void A_saved_transformer_comes_back_with_its_settings()
    {
        var mlContext = new MLContext(seed: 1);
        BertQuestionAnsweringEstimator.Options options = QuestionRow.Options(epochs: 1);
        (options.AllowNoAnswer, options.NoAnswerThreshold, options.TopK, options.AnswerStartColumnName) = (true, -1.5, 5, "Where");
        using BertQuestionAnsweringTransformer fitted = QuestionRow.Fit(mlContext, QuestionRow.RowsOfBothKinds(12), options);
        using var file = new MemoryStream();
        mlContext.Model.Save(fitted, null, file);
        using var loaded = (BertQuestionAnsweringTransformer)new MLContext().Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.AreEqual((true, -1.5, 5, "Where"),
            (loaded.AllowNoAnswer, loaded.NoAnswerThreshold, loaded.TopK, loaded.AnswerStartColumnName));
        Assert.IsNull(loaded.TrainingReport);
        AskedQuestion[] questions = [.. s_rows.Select(row => new AskedQuestion(row.Context!, row.Question!))];
        IReadOnlyList<AnswerList> expected = fitted.Answer(questions), actual = loaded.Answer(questions);
        for (int i = 0; i < questions.Length; i++)
            CollectionAssert.AreEqual(expected[i].Candidates.ToArray(), actual[i].Candidates.ToArray());
    }

    [TestMethod]
    public void The_threshold_for_no_answer_is_found_on_validation_rows_and_can_be_set()
    {
        var mlContext = new MLContext(seed: 1);
        QuestionRow[] rows = QuestionRow.RowsOfBothKinds(60);
        IDataView data = mlContext.Data.LoadFromEnumerable(rows);
        BertQuestionAnsweringEstimator.Options options = QuestionRow.Options();
        (options.AllowNoAnswer, options.ValidationSet, options.TopK) = (true, data, 2);
        using BertQuestionAnsweringTransformer transformer = QuestionRow.Fit(mlContext, rows, options);
        SquadReport report = Evaluate(transformer);
        Assert.AreEqual((40, 20), (report.HasAnswer.Count, report.NoAnswer.Count));
        Assert.IsGreaterThan(.8, report.Overall.F1);
        Assert.AreEqual(report.BestF1.Score, report.Overall.F1, 1e-6, "the threshold was found on these rows");
        Assert.AreEqual(transformer.NoAnswerThreshold, report.BestF1.Threshold, 1e-5);

        using BertQuestionAnsweringTransformer never = transformer.WithNoAnswerThreshold(double.PositiveInfinity),
            always = transformer.WithNoAnswerThreshold(double.NegativeInfinity);
        Assert.AreEqual(report.BestF1, Evaluate(never).BestF1);
        Assert.AreEqual(1, Evaluate(always).NoAnswer.F1);
        Assert.IsTrue(Array.TrueForAll(Read(mlContext, never.Transform(data)), row => row.Answer[0].Length > 0 && row.AnswerStart[0] >= 0));
        Assert.IsTrue(Array.TrueForAll(Read(mlContext, always.Transform(data)),
            row => row.Answer[0].Length == 0 && row.AnswerStart[0] == -1 && row.Answer[1].Length > 0));
        StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => s_taught.Value.WithNoAnswerThreshold(0)).Message, "AllowNoAnswer");

        SquadReport Evaluate(BertQuestionAnsweringTransformer answering) =>
            mlContext.MulticlassClassification.EvaluateQuestionAnswering(answering.Transform(data));
    }

    [TestMethod]
    public void What_cannot_be_learned_from_is_left_out_counted_and_warned_of()
    {
        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        QuestionRow good = s_rows[0];
        QuestionRow[] rows =
        [
            good,
            With(index: good.AnswerIndex + 1), With(index: -1), With(index: 1000), With(answer: "dog"), With(context: ""),
            With(context: null),
            With(answer: ""),
            With(question: ""), With(question: null),
            With(context: "cat " + string.Concat(Enumerable.Repeat("1", 25)), answer: string.Concat(Enumerable.Repeat("1", 25)), index: 4),
            With(question: "the cat sat on the mat?"),
            With(question: "\ud800?"),
        ];
        using BertQuestionAnsweringTransformer transformer = QuestionRow.Fit(mlContext, rows, QuestionRow.Options(epochs: 1));
        string[] expected =
        [
            "6 rows were left out because their 'TrainingAnswer' is not in the 'Context' at 'AnswerIndex'",
            "1 rows were left out because no window holds the whole answer",
            "1 rows were left out because their 'TrainingAnswer' is empty; set AllowNoAnswer",
            "2 rows were left out because the question or the context is empty",
            "1 questions are longer than MaxQuestionTokens, 4", "1 lone surrogates were read as U+FFFD",
        ];
        foreach (string part in expected)
            Assert.IsTrue(warnings.Any(warning => warning.Contains(part, StringComparison.Ordinal)),
                $"{part}\n{string.Join('\n', warnings)}");

        string message =
            Assert.Throws<ArgumentException>(() => QuestionRow.Fit(mlContext, rows[1..6], QuestionRow.Options(epochs: 1))).Message;
        StringAssert.Contains(message, "nothing to learn from: of the rows, 5 have an answer that is not in the context at 'AnswerIndex'");

        QuestionRow With(string? context = "-", string? question = "-", string answer = "-", int? index = null) => new()
        {
            Context = context == "-" ? good.Context : context,
            Question = question == "-" ? good.Question : question,
            TrainingAnswer = answer == "-" ? good.TrainingAnswer : answer,
            AnswerIndex = index ?? good.AnswerIndex,
        };
    }

    [TestMethod]
    public void Empty_texts_long_questions_and_a_hundred_thousand_words_are_answered_or_said_to_have_no_answer()
    {
        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        using var file = new MemoryStream();
        mlContext.Model.Save(s_taught.Value, null, file);
        using var transformer = (BertQuestionAnsweringTransformer)mlContext.Model.Load(new MemoryStream(file.ToArray()), out _);
        string words = string.Concat(Enumerable.Repeat("the cat ", 50_000));
        AskedRow[] rows =
        [
            new() { Context = "", Question = "the?" }, new() { Context = null, Question = null },
            new() { Context = "the cat 42 sat", Question = "" },
            new() { Context = "the cat 42 sat", Question = "the cat sat on the mat?" }, new() { Context = words, Question = "the?" },
        ];
        AnsweredRow[] answers = Read(mlContext, transformer.Transform(mlContext.Data.LoadFromEnumerable(rows)));
        Assert.IsEmpty(answers[0].Answer);
        Assert.IsEmpty(answers[1].Answer);
        Assert.AreEqual(float.PositiveInfinity, answers[0].NoAnswerMargin);
        Assert.HasCount(3, answers[2].Answer);
        Assert.HasCount(3, answers[4].Answer);
        Assert.AreEqual(rows[4].Context!.Substring(answers[4].AnswerStart[0], answers[4].Answer[0].Length), answers[4].Answer[0]);
        Assert.IsTrue(warnings.Any(warning => warning.Contains("1 of 5 questions are longer than MaxQuestionTokens",
            StringComparison.Ordinal)), string.Join('\n', warnings));
    }

    [TestMethod]
    public void Schemas_are_checked_before_anything_is_read()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_rows), asked = mlContext.Data.LoadFromEnumerable([new AskedRow()]);
        Refused(() => Trainer().Fit(asked), "Could not find training answer column 'TrainingAnswer'");
        Refused(() => Trainer(context: "Nothing").Fit(data), "Could not find context column 'Nothing'");
        Refused(() => Trainer(context: "AnswerIndex").Fit(data),
            "Schema mismatch for context column 'AnswerIndex': expected String, got Int32");
        Refused(() => Trainer(index: "Question").Fit(data),
            "Schema mismatch for answer index column 'Question': expected Int32, got String");
        Refused(() => Chained(Trainer(index: "Nothing")), "Could not find answer index column 'Nothing'");
        Refused(() => Chained(Trainer(index: "Question")),
            "Schema mismatch for answer index column 'Question': expected Int32, got String");
        Refused(() => Chained(Trainer(context: "Answers")), "Schema mismatch for context column 'Answers': expected String");
        Refused(() => s_taught.Value.Transform(mlContext.Data.LoadFromEnumerable([new AnsweredRow()])),
            "Could not find context column 'Context'");
        Refused(() => Evaluate("Nothing"), "Could not find answers column 'Nothing'");
        Refused(() => Evaluate("AnswerIndex"),
            "Schema mismatch for answers column 'AnswerIndex': expected String or a vector of it, got Int32");

        BertQuestionAnsweringEstimator.Options held = QuestionRow.Options(epochs: 1);
        held.ValidationSet = asked;
        Refused(() => mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: held),
            "Could not find training answer column 'TrainingAnswer'");

        SchemaShape shape = Trainer().GetOutputSchema(ShapeOf(data));
        Assert.AreEqual("Answer VariableVector, Score VariableVector, AnswerStart VariableVector, NoAnswerMargin Scalar",
            string.Join(", ", shape.TakeLast(4).Select(column => $"{column.Name} {column.Kind}")));

        BertQuestionAnsweringEstimator Trainer(string context = "Context", string index = "AnswerIndex")
        {
            BertQuestionAnsweringEstimator.Options options = QuestionRow.Options(epochs: 1);
            (options.ContextColumnName, options.AnswerIndexColumnName) = (context, index);
            return mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options);
        }

        void Chained(BertQuestionAnsweringEstimator trainer) =>
            mlContext.Transforms.CopyColumns("Copy", "Context").Append(trainer).Fit(data);

        void Evaluate(string answers) =>
            mlContext.MulticlassClassification.EvaluateQuestionAnswering(s_taught.Value.Transform(data), answers);

        static void Refused(Action action, string message) =>
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(action).Message, message);
    }

    [TestMethod]
    public void Bad_options_are_refused_when_the_estimator_is_made()
    {
        (Action<BertQuestionAnsweringEstimator.Options> Change, string Named)[] cases =
        [
            (options => options.TopK = 0, "TopK"), (options => options.TopK = 6, "NBest, which is 5"),
            (options => options.NBest = 0, "NBest"), (options => options.MaxAnswerTokens = 0, "MaxAnswerTokens"),
            (options => options.MaxTokens = 33, "MaxTokens is 33; expected at most the 32 tokens"),
            (options => options.MaxTokens = 12, "MaxTokens is 12; expected at least"),
            (options => options.StrideOverlap = -1, "StrideOverlap"), (options => options.StrideOverlap = 30, "StrideOverlap"),
            (options => options.MaxQuestionTokens = 0, "MaxQuestionTokens"),
            (options => options.NoAnswerThreshold = 1, "AllowNoAnswer"),
            (options => (options.AllowNoAnswer, options.NoAnswerThreshold) = (true, double.NaN), "NaN"),
            (options => options.BatchSize = -1, "BatchSize"), (options => options.Epochs = 0, "Epochs"),
            (options => options.AnswerStartColumnName = "Score", "named 'Score'"),
            (options => options.Model = null!, "Model"), (options => options.ValidationFraction = 1, "ValidationFraction"),
        ];
        var mlContext = new MLContext(seed: 1);
        foreach ((Action<BertQuestionAnsweringEstimator.Options> change, string named) in cases)
        {
            BertQuestionAnsweringEstimator.Options options = QuestionRow.Options();
            change(options);
            StringAssert.Contains(Assert.Throws<ArgumentException>(
                () => mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options), named).Message, named);
        }
    }

    [TestMethod]
    public void The_same_seed_teaches_the_same_and_canceling_stops()
    {
        AskedQuestion[] questions = [.. s_rows.Take(5).Select(row => new AskedQuestion(row.Context!, row.Question!))];
        double[] Scores()
        {
            using BertQuestionAnsweringTransformer fitted = QuestionRow.Fit(new MLContext(seed: 7), s_rows, QuestionRow.Options(epochs: 1));
            return [.. fitted.Answer(questions).Select(answers => answers.Candidates[0].Score)];
        }

        CollectionAssert.AreEqual(Scores(), Scores());
        var mlContext = new MLContext(seed: 1);
        mlContext.Log += (_, e) =>
        {
            if (e.RawMessage.Contains("step ", StringComparison.Ordinal))
                Cancellation.Request(mlContext);
        };
        Assert.Throws<OperationCanceledException>(() => QuestionRow.Fit(mlContext, s_rows, QuestionRow.Options(epochs: 1e5)));
    }

    private static AnsweredRow[] Read(MLContext mlContext, IDataView answered) =>
        [.. mlContext.Data.CreateEnumerable<AnsweredRow>(answered, reuseRowObject: false, ignoreMissingColumns: true)];

    private static void AssertSame(AnsweredRow expected, AnsweredRow actual)
    {
        CollectionAssert.AreEqual(expected.Answer, actual.Answer);
        CollectionAssert.AreEqual(expected.Score, actual.Score);
        CollectionAssert.AreEqual(expected.AnswerStart, actual.AnswerStart);
        Assert.AreEqual(expected.NoAnswerMargin, actual.NoAnswerMargin);
    }

    private static SchemaShape ShapeOf(IDataView data)
    {
        var recorder = new Recorder();
        new EstimatorChain<ITransformer>().Append(recorder).Fit(data);
        return recorder.Shape!;
    }

    /// <summary>Keeps the shape that it is given; changes nothing.</summary>
    private sealed class Recorder : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public ITransformer QuestionRow.Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;
    }

    /// <summary>Gives a transformer that was fitted before.</summary>
    private sealed class Fitted(ITransformer transformer) : IEstimator<ITransformer>
    {
        public ITransformer QuestionRow.Fit(IDataView input) => transformer;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }
}
