using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Whatever trains, writes, predicts or measures ends by a public token; how soon is in CancellationLatencyTests.</summary>
[TestClass]
public sealed class CancellationTests
{
    private const int RowCount = 300;
    private static readonly MLContext s_context = Contexts.Create(seed: 1);
    private static readonly IDataView s_texts = s_context.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category))
        .Fit(s_context.Data.LoadFromEnumerable(TextRow.Make(RowCount)))
            .Transform(s_context.Data.LoadFromEnumerable(TextRow.Make(RowCount)));
    private static readonly IDataView s_questions = s_context.Data.LoadFromEnumerable(QuestionRow.Rows(RowCount));
    private static readonly IDataView s_words =
        s_context.Data.LoadFromEnumerable(Enumerable.Range(0, RowCount)
            .Select(i => new ConllRow { Sentence = ["the", i % 2 == 0 ? "cat" : "dog"], Label = ["O", i % 2 == 0 ? "B-CAT" : "B-DOG"] }));

    /// <summary>Everything that is trained, by name; its data, and how it is made.</summary>
    private static readonly Dictionary<string, (IDataView Data, Func<MLContext, Settings, IEstimator<ITransformer>> Make)> s_trainers =
        new()
    {
        ["MaskedDiffusion"] =
            (s_texts, (context, settings) => context.Transforms.Text.MaskedDiffusion("Story", nameof(TextRow.Sentence1),
                nameof(TextRow.Sentence2), settings.ForWriting())),
        ["BertTextClassification"] =
            (s_texts, (context, settings) => context.MulticlassClassification.Trainers.BertTextClassification(
                options: settings.For(new BertTextClassificationEstimator.Options()))),
        ["BertMultiLabelClassification"] =
            (s_texts, (context, settings) => context.MulticlassClassification.Trainers.BertMultiLabelClassification(
                options: settings.For(new BertMultiLabelClassificationEstimator.Options { LabelColumnName = "Flags" }))),
        ["BertSentenceSimilarity"] =
            (s_texts, (context, settings) => context.Regression.Trainers.BertSentenceSimilarity(
                options: settings.For(new BertSentenceSimilarityEstimator.Options { LabelColumnName = "Value" }))),
        ["BertQuestionAnswering"] =
            (s_questions,
                (context, settings) =>
                context.MulticlassClassification.Trainers.BertQuestionAnswering(options: settings.For(QuestionRow.Options()))),
        ["BertNamedEntityRecognition"] =
            (s_words, (context, settings) => context.MulticlassClassification.Trainers.BertNamedEntityRecognition(
                options: settings.For(new BertNamedEntityRecognitionEstimator.Options()))),
    };

    public static IEnumerable<object[]> Trainers => s_trainers.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void Before_the_start_nothing_is_read_and_one_sentence_says_what_was_canceled(string trainer)
    {
        var data = new SpyDataView(s_trainers[trainer].Data);
        var token = new CancellationToken(canceled: true);
        OperationCanceledException canceled =
            Canceled(() => s_trainers[trainer].Make(s_context, new Settings { Token = token, Directory = "somewhere" }).Fit(data));
        Assert.AreEqual(
            $"The Fit of {trainer}Estimator was canceled before it began. Called again with the same data and options, it continues from " +
                "the last snapshot in 'somewhere', if there is one.",
            canceled.Message);
        Assert.AreEqual(token, canceled.CancellationToken);
        Assert.AreEqual(0, data.Rows);
        Assert.IsFalse(Directory.Exists("somewhere"));
    }

    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void No_row_is_read_after_the_token_was_canceled(string trainer)
    {
        using var source = new CancellationTokenSource();
        var data = new SpyDataView(s_trainers[trainer].Data) { Moved = row => CancelAt(source, row == 40) };
        OperationCanceledException canceled =
            Canceled(() => s_trainers[trainer].Make(s_context, new Settings { Token = source.Token }).Fit(data));
        Assert.AreEqual((40, 0), (data.Rows, data.OpenCursors));
        Assert.AreEqual(($"The Fit of {trainer}Estimator was canceled.", source.Token), (canceled.Message, canceled.CancellationToken));
    }

    /// <summary>The rows to measure on are rows too.</summary>
    [TestMethod]
    [DataRow("BertTextClassification")]
    [DataRow("BertQuestionAnswering")]
    [DataRow("BertNamedEntityRecognition")]
    public void Nor_of_the_validation_set(string trainer)
    {
        using var source = new CancellationTokenSource();
        IDataView data = s_trainers[trainer].Data;
        var validation = new SpyDataView(data) { Moved = row => CancelAt(source, row == 40) };
        Canceled(() => s_trainers[trainer].Make(s_context, new Settings { Token = source.Token, Validation = validation }).Fit(data));
        Assert.AreEqual(40, validation.Rows);
    }

    /// <summary>
    /// The token is read when Fit is called: the same estimator goes on from its snapshot with another
    /// token, and comes to the same weights; the transformer has the token, and what is saved has none.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Trainers))]
    public void A_canceled_training_goes_on_to_the_same_weights(string trainer)
    {
        string directory = Directory.CreateTempSubdirectory(nameof(CancellationTests)).FullName;
        try
        {
            (IDataView data, Func<MLContext, Settings, IEstimator<ITransformer>> make) = s_trainers[trainer];
            data = s_context.Data.TakeRows(data, 40);
            byte[] expected = Weights(make(s_context, new Settings()).Fit(data), directory);

            using CancellationTokenSource first = new(), second = new();
            long canceledAt = 0, steps = 0;
            var settings = new Settings { Token = first.Token, Directory = Path.Combine(directory, "snapshots") };
            settings.Progress = new Heard(progress =>
            {
                steps++;
                CancelAt(first, progress.Step == 3);
                canceledAt = first.IsCancellationRequested && canceledAt == 0 ? progress.Step : canceledAt;
            });
            IEstimator<ITransformer> estimator = make(s_context, settings);
            Canceled(() => estimator.Fit(data));
            Assert.AreEqual((3L, 3L), (canceledAt, steps), "no step was made after the cancellation");
            Assert.IsNotEmpty(Directory.GetDirectories(settings.Directory, "step-000000003"));

            settings.Change(second.Token);
            ITransformer transformer = estimator.Fit(data);
            Assert.AreEqual(second.Token, TokenOf(transformer));
            CollectionAssert.AreEqual(expected, Weights(transformer, directory));
            second.Cancel();
            using var file = new MemoryStream();
            s_context.Model.Save(transformer, data.Schema, file);
            using var loaded = (IDisposable)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out _);
            Assert.AreEqual(CancellationToken.None, TokenOf((ITransformer)loaded));
            ((IDisposable)transformer).Dispose();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>As a user starts a program again: another context, another estimator, no seed anywhere.</summary>
    [TestMethod]
    [DataRow("MaskedDiffusion")]
    [DataRow("BertTextClassification")]
    [DataRow("BertQuestionAnswering")]
    [DataRow("BertNamedEntityRecognition")]
    public void Without_a_seed_it_goes_on_with_that_of_its_snapshot(string trainer)
    {
        string directory = Directory.CreateTempSubdirectory(nameof(CancellationTests)).FullName;
        try
        {
            (IDataView data, Func<MLContext, Settings, IEstimator<ITransformer>> make) = s_trainers[trainer];
            data = s_context.Data.TakeRows(data, 40);
            using var source = new CancellationTokenSource();
            var settings = new Settings { Seed = null, Token = source.Token, Directory = Path.Combine(directory, "snapshots") };
            settings.Progress = new Heard(progress => CancelAt(source, progress.Step == 3));
            Canceled(() => make(Contexts.Create(), settings).Fit(data));
            long first = 0;
            settings = new Settings
            {
                Seed = null, Directory = settings.Directory, Progress = new Heard(progress => first = first == 0 ? progress.Step : first)
            };
            using var disposed = (IDisposable)make(Contexts.Create(), settings).Fit(data);
            Assert.AreEqual(4, first);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public async Task A_task_with_the_same_token_ends_as_canceled()
    {
        using var source = new CancellationTokenSource();
        var settings = new Settings { Token = source.Token, Epochs = 1e5, Progress = new Heard(_ => source.Cancel()) };
        var task = Task.Run(() => s_trainers["BertTextClassification"].Make(s_context, settings).Fit(s_texts), source.Token);
        await Assert.ThrowsAsync<OperationCanceledException>(() => task);
        Assert.IsTrue(task.IsCanceled, "not failed");
    }

    [TestMethod]
    public void Cross_validation_ends()
    {
        using var source = new CancellationTokenSource();
        int fits = 0;
        var settings = new Settings { Token = source.Token, Progress = new Heard(progress =>
        {
            fits += progress.Step == 1 ? 1 : 0;
            CancelAt(source, fits == 2);
        }) };
        IEstimator<ITransformer> trainer = s_trainers["BertTextClassification"].Make(s_context, settings);
        Canceled(() => s_context.MulticlassClassification.CrossValidate(s_context.Data.TakeRows(s_texts, 60), trainer, numberOfFolds: 5));
        Assert.AreEqual(2, fits);
    }

    /// <summary>A transformer has its options' token: its cursors and prediction engines end, and go on with another.</summary>
    [TestMethod]
    [DataRow("BertTextClassification", "Sentence1")]
    [DataRow("BertQuestionAnswering", "Context")]
    [DataRow("BertNamedEntityRecognition", "Sentence")]
    [DataRow("DiffusionGenerate", "Sentence1")]
    [DataRow("Infill", "Sentence1")]
    [DataRow("FillMask", "Sentence1")]
    public void Cursors_end_and_go_on_with_another_token(string component, string column)
    {
        using var source = new CancellationTokenSource();
        (IDataView data, ITransformer transformer) = Component(component, source.Token);
        using var disposed = (IDisposable)transformer;
        var rows = new SpyDataView(data) { Moved = row => CancelAt(source, row == 10) };
        IDataView added = transformer.Transform(rows);
        string[] names = [.. added.Schema.Skip(rows.Schema.Count).Select(each => each.Name)];
        OperationCanceledException canceled = Canceled(() => ReadAll(added, names));
        Assert.AreEqual((10, 0), (rows.Rows, rows.OpenCursors));
        Assert.AreEqual(source.Token, canceled.CancellationToken);
        StringAssert.Contains(canceled.Message,
            $"The work of {component}Transformer was canceled. If its CancellationToken was canceled, set another");
        Canceled(() => ReadAll(transformer.Transform(data), names));
        SetToken(transformer, CancellationToken.None);
        Assert.AreEqual(12, ReadAll(transformer.Transform(s_context.Data.TakeRows(data, 12)), names));
        Assert.IsNotNull(data.Schema.GetColumnOrNull(column));
    }

    [TestMethod]
    public void Texts_end_under_way_and_a_call_has_a_token_of_its_own()
    {
        using var source = new CancellationTokenSource();
        using CancellationTokenSource call = new();
        var options = new DiffusionGenerateEstimator.Options
        {
            Model = TinyModel.Model, MaxNewTokens = 6, Steps = 1_000_000, CancellationToken = source.Token
        };
        using DiffusionGenerateTransformer writer =
            s_context.Transforms.Text.DiffusionGenerate("Story", nameof(TextRow.Sentence1), options).Fit(s_texts);
        int steps = 0;
        OperationCanceledException canceled =
            Canceled(() => writer.Generate(["the"], new Steps(() => CancelAt(call, ++steps == 5)), call.Token));
        Assert.AreEqual(("The work of DiffusionGenerateTransformer was canceled.", call.Token, 5),
            (canceled.Message, canceled.CancellationToken, steps));
        steps = 0;
        canceled = Canceled(() => writer.Generate(["the"], new Steps(() => CancelAt(source, ++steps == 5))));
        Assert.AreEqual((source.Token, 5), (canceled.CancellationToken, steps));
        using var engine = s_context.Model.CreatePredictionEngine<TextRow, Written>(writer,
            new PredictionEngineOptions { OwnsTransformer = false });
        Canceled(() => engine.Predict(new TextRow { Sentence1 = "the" }));
        Canceled(() => s_context.Transforms.Text.DiffusionGenerate("Story", nameof(TextRow.Sentence1), options).Fit(s_texts));
    }

    [TestMethod]
    public void Evaluation_ends()
    {
        foreach (EncoderModel? judge in new[] { null, TinyModel.Model })
        {
            using var source = new CancellationTokenSource();
            var data = new SpyDataView(s_texts) { Moved = row => CancelAt(source, row == 40) };
            var options = new WritingEvaluationOptions { Model = judge, CancellationToken = source.Token };
            Assert.AreEqual("EvaluateWriting was canceled.",
                Canceled(() => s_context.Transforms.Text.EvaluateWriting(data, nameof(TextRow.Sentence1), options)).Message);
            Assert.AreEqual(40, data.Rows);
        }
    }

    private static (IDataView Data, ITransformer Transformer) Component(string name, CancellationToken token)
    {
        if (s_trainers.TryGetValue(name, out var trainer))
            return (trainer.Data, trainer.Make(s_context, new Settings { Token = token }).Fit(s_context.Data.TakeRows(trainer.Data, 20)));
        if (name == "FillMask")
            return (s_texts, s_context.Transforms.Text.FillMask("Candidates", nameof(TextRow.Sentence1),
                new FillMaskEstimator.Options { Model = TinyModel.Model, CancellationToken = token }).Fit(s_texts));
        return (s_texts, name == "Infill"
            ? s_context.Transforms.Text.Infill("Filled", nameof(TextRow.Sentence1),
                new InfillEstimator.Options { Model = TinyModel.Model, Steps = 2, CancellationToken = token }).Fit(s_texts)
            : s_context.Transforms.Text.DiffusionGenerate(
                "Story", nameof(TextRow.Sentence1),
                new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 4, Steps = 2, CancellationToken = token })
                .Fit(s_texts));
    }

    private static int ReadAll(IDataView data, string[] names)
    {
        // What ML.NET's own consumers do: a copy in memory reads every column that it is asked for.
        DataViewSchema.Column column = data.Schema[names[0]];
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        Action read = (column.Type is VectorDataViewType vector ? vector.ItemType : column.Type) switch
        {
            TextDataViewType when column.Type is TextDataViewType => Reader<ReadOnlyMemory<char>>(cursor, column),
            TextDataViewType => Reader<VBuffer<ReadOnlyMemory<char>>>(cursor, column),
            _ when column.Type is VectorDataViewType => Reader<VBuffer<uint>>(cursor, column),
            _ => Reader<uint>(cursor, column),
        };
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
            read();
        return rows;
    }

    private static Action Reader<TValue>(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<TValue> get = cursor.GetGetter<TValue>(column);
        TValue value = default!;
        return () => get(ref value);
    }

    private static CancellationToken TokenOf(ITransformer transformer) => transformer switch
    {
        ModelTransformerBase<MaskedLanguageModel> writer => writer.CancellationToken,
        ModelTransformerBase<TaskModel> task => task.CancellationToken,
        _ => throw new AssertFailedException(transformer.GetType().Name),
    };

    private static void SetToken(ITransformer transformer, CancellationToken token)
    {
        if (transformer is ModelTransformerBase<MaskedLanguageModel> writer)
            writer.CancellationToken = token;
        else
            ((ModelTransformerBase<TaskModel>)transformer).CancellationToken = token;
    }

    private static byte[] Weights(ITransformer transformer, string directory)
    {
        if (transformer is ModelTransformerBase<MaskedLanguageModel> writer)
            writer.SaveToDirectory(directory);
        else
            ((ModelTransformerBase<TaskModel>)transformer).SaveToDirectory(directory);
        return File.ReadAllBytes(Path.Combine(directory, "model.safetensors"));
    }

    private static OperationCanceledException Canceled(Action action) => Assert.Throws<OperationCanceledException>(action);

    private static void CancelAt(CancellationTokenSource source, bool isTime)
    {
        if (isTime)
            source.Cancel();
    }

    /// <summary>What the trainers here are made with.</summary>
    private sealed class Settings
    {
        private Action<CancellationToken> _change = _ => { };

        public CancellationToken Token { get; init; }

        public string? Directory { get; init; }

        public IDataView? Validation { get; init; }

        public double Epochs { get; init; } = 2;

        public int? Seed { get; init; } = 1;

        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>Sets another token in the options that were made.</summary>
        public void Change(CancellationToken token) => _change(token);

        public TOptions For<TOptions>(TOptions options) where TOptions : TrainerOptions
        {
            (options.Model, options.Epochs, options.BatchSize, options.Seed, options.ProgressInterval) =
                (TinyModel.Model, Epochs, 8, Seed, TimeSpan.Zero);
            (options.CancellationToken, options.CheckpointDirectory, options.ValidationSet, options.Progress) =
                (Token, Directory, Validation, Progress);
            _change = token => options.CancellationToken = token;
            return options;
        }

        public MaskedDiffusionEstimator.Options ForWriting()
        {
            var options = new MaskedDiffusionEstimator.Options
            {
                Model = TinyModel.Model, Generation = { MaxNewTokens = 4, Steps = 2 }, Epochs = Epochs, BatchTokens = 64, Seed = Seed,
                    ProgressInterval = TimeSpan.Zero,
                CancellationToken = Token, CheckpointDirectory = Directory, Progress = Progress,
            };
            _change = token => options.CancellationToken = token;
            return options;
        }
    }

    private sealed class Heard(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }

    private sealed class Steps(Action step) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens) => step();
    }

    private sealed class Written
    {
        public string? Story { get; set; }
    }
}
