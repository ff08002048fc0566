using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The teacher as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class MaskedDiffusionTests
{
    private static readonly Pair[] s_pairs =
        [.. Enumerable.Range(0, 60)
            .Select(i => i % 2 == 0 ? new Pair { Prompt = "xxxx", Text = "xxxx" } : new Pair { Prompt = "yyyy", Text = "yyyy" })];

    [TestMethod]
    public void It_learns_what_follows_a_prompt_and_is_saved_like_any_generator()
    {
        var messages = new List<string>();
        DiffusionGenerateTransformer transformer = Fit(Contexts.Create(seed: 1), Options(epochs: 60), messages);
        Assert.AreEqual("xxxx", transformer.Generate(["xxxx"])[0].Text);
        Assert.AreEqual("yyyy", transformer.Generate(["yyyy"])[0].Text);
        string[] reports = [.. messages.Where(message => message.Contains("step ", StringComparison.Ordinal))];
        Assert.IsGreaterThan(1, reports.Length);
        StringAssert.Contains(reports[^1], "validation");

        using var file = new MemoryStream();
        var mlContext = Contexts.Create();
        mlContext.Model.Save(transformer, mlContext.Data.LoadFromEnumerable(s_pairs).Schema, file);
        using var loaded = (DiffusionGenerateTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.AreEqual(transformer.Generate([""])[0].Text, loaded.Generate([""])[0].Text);

        // The column of texts is not needed to write.
        IDataView prompts = mlContext.Data.LoadFromEnumerable([new PromptOnly { Prompt = "xxxx" }]);
        Assert.AreEqual("xxxx", transformer.Transform(prompts).GetColumn<string>("Story").Single());
    }

    [TestMethod]
    public void The_same_seed_teaches_the_same()
    {
        string[] first = [.. Fit(Contexts.Create(seed: 1), Options(epochs: 1)).Generate(["xxxx", ""]).Select(text => text.Text)];
        string[] again = [.. Fit(Contexts.Create(seed: 1), Options(epochs: 1)).Generate(["xxxx", ""]).Select(text => text.Text)];
        CollectionAssert.AreEqual(first, again);
    }

    /// <summary>Each option reaches the objective: a model that is trained with it differs from one that is trained without.</summary>
    [TestMethod]
    public void Every_option_of_the_objective_is_reached()
    {
        string plain = Train(_ => { });
        Assert.AreEqual(plain, Train(_ => { }));
        HashSet<string> trained = [plain];
        foreach ((string name, Action<MaskedDiffusionEstimator.Options> change) in new (string, Action<MaskedDiffusionEstimator.Options>)[]
        {
            ("Clipped, which is for training only", options => options.TrainingSchedule = MaskSchedule.Clipped(.3, .8)),
                ("SpindleStrength", options => options.SpindleStrength = .3),
            ("Weighting", options => options.Weighting = LossWeighting.Uniform), ("MinTime", options => options.MinTime = .5),
            ("MaxTime", options => options.MaxTime = .5),
            ("TrainingSteps", options => options.TrainingSteps = 2), ("LabelSmoothing", options => options.LabelSmoothing = .5),
            ("PrefixShare", options => options.PrefixShare = 1),
            ("RandomLengthShare", options => options.RandomLengthShare = 1),
            ("TokenWeight", options => options.TokenWeight = id => 1 + id % 7),
        })
            Assert.IsTrue(trained.Add(Train(change)), name);
        string[] options_ = [.. typeof(MaskedDiffusionEstimator.Options).GetProperties().Select(property => property.Name)];
        CollectionAssert.AreEqual(Array.Empty<string>(),
            typeof(MaskingOptions).GetProperties()
            .Select(property => property.Name is "Steps" or "Schedule" ? "Training" + property.Name : property.Name)
            .Except(options_).ToArray());

        static string Train(Action<MaskedDiffusionEstimator.Options> change)
        {
            MaskedDiffusionEstimator.Options options = Options(epochs: 2);
            change(options);
            List<string> messages = [];
            Fit(Contexts.Create(seed: 1), options, messages).Dispose();
            return messages.Last(message => message.Contains("validation", StringComparison.Ordinal)).Split("validation")[1];
        }
    }

    [TestMethod]
    public void Nothing_to_learn_from_is_refused()
    {
        var mlContext = Contexts.Create(seed: 1);
        Exception exception =
            Assert.Throws<ArgumentException>(() => mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", Options(1))
            .Fit(mlContext.Data.LoadFromEnumerable([new Pair { Prompt = "a", Text = "" }])));
        StringAssert.Contains(exception.Message, "'Text'");
    }

    [TestMethod]
    public void Schemas_and_options_are_checked_early()
    {
        var mlContext = Contexts.Create(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(s_pairs);
        Exception absent =
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Nothing",
                Options(1)).Fit(data));
        StringAssert.Contains(absent.Message, "Nothing");
        foreach ((Action<MaskedDiffusionEstimator.Options> change, string named) in new (Action<MaskedDiffusionEstimator.Options>, string)[]
        {
            (options => options.Epochs = 0, "Epochs"), (options => options.LearningRate = -1, "LearningRate"),
                (options => options.BatchTokens = 0, "BatchTokens"),
            (options => options.ValidationFraction = 1, "ValidationFraction"), (options => options.WarmUp = 2, "WarmUp"),
            (options => options.Generation.MaxNewTokens = 0, "MaxNewTokens"),
            (options => options.TrainingSchedule = null!, "TrainingSchedule"),
            (options => options.Weighting = (LossWeighting)7, "Weighting"), (options => options.MinTime = 2, "MinTime"),
            (options => options.MaxTime = 0, "MaxTime"), (options => options.TrainingSteps = -1, "Steps"),
            (options => options.LabelSmoothing = 1, "LabelSmoothing"),
            (options => options.PrefixShare = 2, "PrefixShare"), (options => options.RandomLengthShare = -1, "RandomLengthShare"),
            (options => options.SpindleStrength = -1, "SpindleStrength"),
            (options => (options.SpindleStrength, options.TrainingSchedule) = (.1, MaskSchedule.Cosine), "SpindleStrength"),
        })
        {
            MaskedDiffusionEstimator.Options options = Options(1);
            change(options);
            Exception refused =
                Assert.Throws<ArgumentException>(() => mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options),
                    named);
            StringAssert.Contains(refused.Message, named);
        }
    }

    [TestMethod]
    public void Canceling_the_context_stops_learning()
    {
        var mlContext = Contexts.Create(seed: 1);
        mlContext.Log += (_, e) =>
        {
            if (e.RawMessage.Contains("step ", StringComparison.Ordinal))
                Cancellation.Request(mlContext);
        };
        IDataView data = mlContext.Data.LoadFromEnumerable(s_pairs);
        Assert.Throws<OperationCanceledException>(() => mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text",
            Options(epochs: 1e5)).Fit(data));
    }

    [TestMethod]
    public void A_canceled_Fit_goes_on_where_it_was_and_another_is_refused()
    {
        string directory = Path.Combine(Path.GetTempPath(), $"{nameof(MaskedDiffusionTests)}-{Environment.ProcessId}");
        MaskedDiffusionEstimator.Options options = Options(epochs: 20);
        (options.EmaDecay, options.AccumulationSteps, options.ValidationInterval) = (.9, 2, 5);
        try
        {
            string expected = Fit(Contexts.Create(seed: 1), options).Generate([""])[0].Text;
            options.CheckpointDirectory = directory;
            var mlContext = Contexts.Create(seed: 1);
            mlContext.Log += (_, e) =>
            {
                if (e.RawMessage.StartsWith("step 10/", StringComparison.Ordinal))
                    Cancellation.Request(mlContext);
            };
            Assert.Throws<OperationCanceledException>(() => Fit(mlContext, options));
            var messages = new List<string>();
            Assert.AreEqual(expected, Fit(Contexts.Create(seed: 1), options, messages).Generate([""])[0].Text);
            Assert.IsTrue(messages.Any(message => message.StartsWith("Training continued from the snapshot of step 1",
                StringComparison.Ordinal)), string.Join('\n', messages));
            options.LearningRate = 1e-3;
            StringAssert.Contains(Assert.Throws<Microsoft.ML.Diffusion.Checkpoints.CheckpointException>(
                () => Fit(Contexts.Create(seed: 1), options)).Message, "LearningRate (0.003 then, 0.001 now)");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static DiffusionGenerateTransformer Fit(MLContext mlContext, MaskedDiffusionEstimator.Options options,
        List<string>? messages = null)
    {
        mlContext.Log += (_, e) => messages?.Add(e.RawMessage);
        return mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options)
            .Fit(mlContext.Data.LoadFromEnumerable(s_pairs));
    }

    private static MaskedDiffusionEstimator.Options Options(double epochs) => new()
    {
        Model = TinyModel.Model,
        Generation = { MaxNewTokens = 4, Steps = 4, Temperature = 0 }, // the texts, a byte a token: no merge has x or y
        Epochs = epochs,
        BatchTokens = 256,
        LearningRate = 3e-3,
        ProgressInterval = TimeSpan.Zero,
        ValidationFraction = 0.1,
        Seed = 3,
    };

    private sealed class Pair
    {
        public string? Prompt { get; set; }

        public string? Text { get; set; }
    }

    private sealed class PromptOnly
    {
        public string? Prompt { get; set; }
    }
}
