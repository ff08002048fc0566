using System.Globalization;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class TrainerOptionsTests
{
    /// <summary>Every option that the loop has too is carried to it.</summary>
    [TestMethod]
    public void What_a_user_sets_is_what_the_loop_gets()
    {
        var changed = new Changed();
        TrainingOptions training = changed.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: -1), defaults = new();
        Assert.AreEqual(uint.MaxValue, training.Seed);
        string[] carried = [.. typeof(TrainingOptions).GetProperties().Select(property => property.Name)
            .Where(name => name != "Seed" && typeof(TrainerOptions).GetProperty(name) is not null)];
        Assert.HasCount(23, carried);
        foreach (string name in carried)
        {
            object? wanted = typeof(TrainerOptions).GetProperty(name)!.GetValue(changed);
            Assert.AreEqual(wanted, typeof(TrainingOptions).GetProperty(name)!.GetValue(training), name);
            Assert.AreNotEqual(wanted, typeof(TrainingOptions).GetProperty(name)!.GetValue(defaults),
                $"{name} is at its default, which shows nothing");
        }
        Assert.IsTrue(new MaskedDiffusionEstimator.Options { GradientCheckpointing =
            true }.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: 1).GradientCheckpointing);
    }

    [TestMethod]
    public void Bad_options_are_refused_by_name()
    {
        Refused(options => options.BatchSize = -1, "BatchSize");
        Refused(options => options.ValidationFraction = 1, "ValidationFraction");
        Refused(options => options.CheckpointDirectory = "   ", "CheckpointDirectory");
        Refused(options => options.ProgressInterval = TimeSpan.FromSeconds(-1), "ProgressInterval");
        Refused(options => (options.ValidationFraction, options.ValidationSet) =
            (.1, Contexts.Create().Data.LoadFromEnumerable(new[] { new Row() })), "ValidationSet");

        static void Refused(Action<TrainerOptions> change, string named)
        {
            var options = new Changed();
            change(options);
            StringAssert.Contains(Assert.Throws<Exception>(() => options.ToTrainingOptions((IExceptionContext)Contexts.Create(), 1)).Message,
                named);
        }
    }

    /// <summary>docs/training.md has two rows for each trainer, which are made here from what the options are.</summary>
    [TestMethod]
    public void The_defaults_are_those_that_the_docs_show()
    {
        string[] lines = File.ReadAllLines(Path.Combine(SharedData.RepositoryRoot, "docs", "training.md"));
        foreach (TrainerOptions sequence in new TrainerOptions[]
        {
            new BertTextClassificationEstimator.Options(), new BertMultiLabelClassificationEstimator.Options(),
            new BertSentenceSimilarityEstimator.Options()
        })
            Shown("classification, labels, similarity", sequence);
        Shown("question answering", new BertQuestionAnsweringEstimator.Options());
        Shown("named entities", new BertNamedEntityRecognitionEstimator.Options());
        var writing = new MaskedDiffusionEstimator.Options();
        TrainingOptions loop = writing.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: 1);
        Contains($"| masked diffusion | {Rate(loop.LearningRate)} | {Rate(loop.LearningRate)} | {Rate(loop.LearningRate)} | " +
            $"{Rate(loop.LearningRate)} |");
        Contains($"| masked diffusion | {(loop.BatchSize == 0 ? "any" : loop.BatchSize)} | {Rest(loop)} | the model's | {Average(loop)} |");

        void Shown(string name, TrainerOptions options)
        {
            Assert.IsNull(options.LearningRate);
            Contains($"| {name} | {string.Join(" | ", new[] { 256, 384, 768, 1024 }.Select(width => Rate(options.UsualRate(width))))} |");
            CollectionAssert.AreEqual(new[] { options.UsualRate(256), options.UsualRate(384), options.UsualRate(768) },
                new[] { options.UsualRate(383), options.UsualRate(767), options.UsualRate(1023) });
            TrainingOptions training = options.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: 1);
            Assert.AreEqual(options.UsualRate(256), training.LearningRate, "the embedded model is 256 wide");
            Contains($"| {name} | {training.BatchSize} | {Rest(training)} | " +
                $"{(options.DropoutRate is double rate ? Share(rate) : "the model's")} | {Average(training)} |");
        }

        void Contains(string row) => CollectionAssert.Contains(lines, row);

        static string Rest(TrainingOptions options) =>
            string.Create(CultureInfo.InvariantCulture,
                $"{options.BatchTokens} | {Passes(options)} | {Share(options.WarmUp)} | {Share(options.WeightDecay)} | {options.ClipNorm}");

        static string Passes(TrainingOptions options) =>
            options.MinSteps == 0 ? $"{options.Epochs}" : $"{options.Epochs}, or {options.MinSteps} steps";

        static string Average(TrainingOptions options) => options.EmaDecay == 0 ? "none" : Share(options.EmaDecay);

        static string Rate(double value) => value.ToString("0e-0", CultureInfo.InvariantCulture);

        static string Share(double value) => value.ToString("#.###", CultureInfo.InvariantCulture);
    }

    /// <summary>An option that is given is taken at its word, also where it is the default.</summary>
    [TestMethod]
    public void Epochs_that_are_given_have_no_least_number_of_steps()
    {
        foreach (TrainerOptions options in new TrainerOptions[]
        {
            new BertTextClassificationEstimator.Options(), new BertQuestionAnsweringEstimator.Options(),
            new BertNamedEntityRecognitionEstimator.Options()
        })
        {
            TrainingOptions usual = options.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: 1);
            Assert.AreEqual(100, usual.MinSteps);
            options.Epochs = usual.Epochs;
            Assert.AreEqual(usual with { MinSteps = 0 }, options.ToTrainingOptions((IExceptionContext)Contexts.Create(), seed: 1));
        }
    }

    /// <summary>Of every trainer, so that none leaves the option aside.</summary>
    [TestMethod]
    public void The_dropout_rate_changes_what_is_learned()
    {
        var mlContext = Contexts.Create(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        IDataView classes = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(texts).Transform(texts);
        IDataView questions = mlContext.Data.LoadFromEnumerable(QuestionRow.Rows(12));
        IDataView words = mlContext.Data.LoadFromEnumerable([new Words { Sentence = ["the", "cat", "sat"], Label = ["O", "B-X", "O"] }]);
        var trainers = mlContext.MulticlassClassification.Trainers;
        Assert.AreNotEqual(Classify(0), Classify(0.5));
        Assert.AreNotEqual(Answer(0), Answer(0.5));
        Assert.AreNotEqual(Find(0), Find(0.5));
        Assert.AreNotEqual(Write(0), Write(0.5));

        double Classify(double rate)
        {
            using BertTextClassificationTransformer model =
                trainers.BertTextClassification(options: Quick(new BertTextClassificationEstimator.Options(), rate)).Fit(classes);
            return model.TrainingReport!.Rows[^1].Loss;
        }

        double Answer(double rate)
        {
            using BertQuestionAnsweringTransformer model =
                trainers.BertQuestionAnswering(options: Quick(QuestionRow.Options(), rate)).Fit(questions);
            return model.TrainingReport!.Rows[^1].Loss;
        }

        double Find(double rate)
        {
            using BertNamedEntityRecognitionTransformer model =
                trainers.BertNamedEntityRecognition(options: Quick(new BertNamedEntityRecognitionEstimator.Options(), rate)).Fit(words);
            return model.TrainingReport!.Rows[^1].Loss;
        }

        double Write(double rate)
        {
            var losses = new List<double>();
            MaskedDiffusionEstimator.Options options =
                Quick(new MaskedDiffusionEstimator.Options
                    {
                        Generation = { MaxNewTokens = 4 }, Progress = new Heard(step => losses.Add(step.Loss))
                    }, rate);
            mlContext.Transforms.Text.MaskedDiffusion("Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2), options)
                .Fit(texts).Dispose();
            return losses[^1];
        }

        static TOptions Quick<TOptions>(TOptions options, double rate) where TOptions : TrainerOptions
        {
            (options.Model, options.Epochs, options.Seed, options.DropoutRate) = (TinyModel.Model, 1, 1, rate);
            return options;
        }
    }

    /// <summary>Of every trainer of a task, as all are fine-tuned in one place.</summary>
    [TestMethod]
    public void A_rate_for_small_models_is_warned_of_with_a_wide_one()
    {
        string directory = Directory.CreateTempSubdirectory("wide-model").FullName;
        try
        {
            EncoderConfiguration wide = EncoderCheckpoint.ReadConfiguration(TinyModel.Model.Files);
            wide = wide with { HiddenSize = 512, FeedForward = wide.FeedForward with { Width = 64 } };
            using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, wide, CpuEngine.Shared, seed: 1))
                EncoderCheckpoint.Save(model, directory);
            TinyModel.Model.Tokenizer.Save(directory);
            Assert.IsTrue(Warnings(1e-3)
                .Any(warning => warning.Contains("about 5e-5 is usual for a model of width 512", StringComparison.Ordinal)));
            Assert.IsEmpty(Warnings(5e-5));
            Assert.IsEmpty(Warnings(null));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        Messages Warnings(double? rate)
        {
            var mlContext = Contexts.Create(seed: 1);
            var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
            var options = new BertSentenceSimilarityEstimator.Options
            {
                LabelColumnName = "Value", Model = EncoderModel.FromDirectory(directory), LearningRate = rate, Epochs = 1
            };
            mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(mlContext.Data.LoadFromEnumerable(TextRow.Make(2))).Dispose();
            return warnings;
        }
    }

    /// <summary>Whatever asks what the model is, and however often it is trained.</summary>
    [TestMethod]
    public void A_model_s_configuration_is_read_once()
    {
        ModelFiles tiny = TinyModel.Model.Files;
        var opened = new List<string>();
        EncoderModel model = EncoderModel.FromFiles(ModelFiles.FromStreams(tiny.Names, Open, "the counted model"));
        var mlContext = Contexts.Create(seed: 1);
        IDataView texts = mlContext.Data.LoadFromEnumerable(TextRow.Make(4));
        BertSentenceSimilarityEstimator trainer = mlContext.Regression.Trainers.BertSentenceSimilarity(
            new BertSentenceSimilarityEstimator.Options { Model = model, LabelColumnName = "Value", Epochs = 1 });
        trainer.Fit(texts).Dispose();
        trainer.Fit(texts).Dispose();
        mlContext.Transforms.Text.MaskedDiffusion("Story", "Sentence1", "Sentence2",
            new() { Model = model, Epochs = 1, Generation = { MaxNewTokens = 4 } }).Fit(texts).Dispose();
        Assert.AreEqual(1, opened.Count(name => name == ModelFiles.ConfigurationName));

        Stream Open(string name)
        {
            opened.Add(name);
            using ModelFile file = tiny.Open(name);
            return new MemoryStream(file.ReadAllBytes(1 << 30));
        }
    }

    /// <summary>A set takes the place of the share that masked diffusion holds out by default, and not of one that is asked for.</summary>
    [TestMethod]
    public void Masked_diffusion_is_measured_on_a_share_or_on_a_set()
    {
        IDataView set = Contexts.Create().Data.LoadFromEnumerable(TextRow.Make(3));
        Assert.AreEqual(0.05, new MaskedDiffusionEstimator.Options().ValidationFraction);
        Assert.AreEqual(0, new MaskedDiffusionEstimator.Options { ValidationSet = set }.ValidationFraction);
        Assert.AreEqual(0.2, new MaskedDiffusionEstimator.Options { ValidationFraction = 0.2, ValidationSet = set }.ValidationFraction);
        var mlContext = Contexts.Create(seed: 1);
        var infos = new Messages(mlContext, ChannelMessageKind.Info);
        mlContext.Transforms.Text.MaskedDiffusion("Story", "Sentence1", "Sentence2",
            new() { Model = TinyModel.Model, Epochs = 1, ValidationSet = set, Generation = { MaxNewTokens = 4 } })
            .Fit(mlContext.Data.LoadFromEnumerable(TextRow.Make(6))).Dispose();
        Assert.IsTrue(infos.Any(info => info.StartsWith("6 sequences of ", StringComparison.Ordinal) &&
            info.Contains(" for training, 3 held out; ", StringComparison.Ordinal)), string.Join('\n', infos));
    }

    private sealed class Heard(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }

    private sealed class Words
    {
        public string[] Sentence { get; set; } = [];

        public string[] Label { get; set; } = [];
    }

    private sealed class Changed : TrainerOptions
    {
        public Changed()
        {
            (Epochs, BatchSize, BatchTokens, AccumulationSteps, LearningRate, WarmUp, Decay) = (2, 5, 77, 3, 1e-3, .3, RateDecay.Cosine);
            (WeightDecay, ClipNorm, BertAdam, Dropout, LayerDecay, FreezeEmbeddings, FrozenLayers) = (.2, 5, true, false, .9, true, 1);
            (ReinitializedLayers, EmaDecay, ValidationInterval, KeepBest, Patience, MinImprovement) = (2, .99, 9, false, 4, .5);
            (CheckpointDirectory, CheckpointInterval, ProgressInterval, GradientCheckpointing) = ("there", 11, TimeSpan.Zero, true);
        }
    }

    private sealed class Row
    {
        public string? Text { get; set; }
    }
}
