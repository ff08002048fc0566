using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>As many threads as are asked for, and the same results whatever their number.</summary>
[TestClass]
public sealed class ThreadsExamples
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly IDataView _texts;
    private readonly IDataView _classes;

    public ThreadsExamples()
    {
        _texts = _mlContext.Data.LoadFromEnumerable(TextRow.Make(40));
        _classes = _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(_texts).Transform(_texts);
    }

    [TestMethod]
    public void A_generator_writes_the_same_on_one_and_on_all()
    {
        using DiffusionGenerateTransformer one = Generator(threads: 1), all = Generator(threads: 0), many = Generator(threads: 1000);
        CollectionAssert.AreEqual(new[] { 1, Environment.ProcessorCount, Environment.ProcessorCount },
            new[] { one.Threads, all.Threads, many.Threads });
        string[] expected = Written(one);
        Assert.AreNotEqual(1, expected.Distinct().Count());
        CollectionAssert.AreEqual(expected, Written(all));

        DiffusionGenerateTransformer Generator(int threads) => _mlContext.Transforms.Text.DiffusionGenerate(
            "Story", nameof(TextRow.Sentence1),
            new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 6, Steps = 3, Seed = 5, Threads = threads })
            .Fit(_texts);
    }

    [TestMethod]
    public void A_classifier_learns_and_scores_the_same_on_one_and_on_all()
    {
        var messages = new Messages(_mlContext, ChannelMessageKind.Info);
        using BertTextClassificationTransformer one = Classifier(threads: 1);
        Assert.IsTrue(messages.Any(message => message.Contains(", 1 thread.", StringComparison.Ordinal)));
        using BertTextClassificationTransformer all = Classifier(threads: 0);
        Assert.AreEqual((1, Environment.ProcessorCount), (one.Threads, all.Threads));
        CollectionAssert.AreEqual(Scores(one), Scores(all));

        BertTextClassificationTransformer Classifier(int threads) => _mlContext.MulticlassClassification.Trainers.BertTextClassification(
            options: Quick(new BertTextClassificationEstimator.Options(), threads)).Fit(_classes);
    }

    [TestMethod]
    public void A_trained_model_is_the_same_on_one_and_on_all()
    {
        using DiffusionGenerateTransformer one = Train(threads: 1), all = Train(threads: 0);
        Assert.AreEqual((1, Environment.ProcessorCount), (one.Threads, all.Threads));
        CollectionAssert.AreEqual(Written(one), Written(all));

        DiffusionGenerateTransformer Train(int threads) => _mlContext.Transforms.Text.MaskedDiffusion(
            "Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2),
            new MaskedDiffusionEstimator.Options
            {
                Model = TinyModel.Model, Generation = { MaxNewTokens = 6, Steps = 3 }, Seed = 5, Epochs = 2,
                LearningRate = 3e-3, Threads = threads
            }).Fit(_texts);
    }

    /// <summary>It is the machine's business, not the model's.</summary>
    [TestMethod]
    public void A_loaded_model_computes_on_all_until_it_is_told()
    {
        using BertTextClassificationTransformer fitted = _mlContext.MulticlassClassification.Trainers.BertTextClassification(
            options: Quick(new BertTextClassificationEstimator.Options(), threads: 1)).Fit(_classes);
        using var file = new MemoryStream();
        _mlContext.Model.Save(fitted, _classes.Schema, file);
        using var loaded = (BertTextClassificationTransformer)new MLContext().Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.AreEqual(Environment.ProcessorCount, loaded.Threads);
        float[] expected = Scores(loaded);
        loaded.Threads = 1;
        Assert.AreEqual(1, loaded.Threads);
        CollectionAssert.AreEqual(expected, Scores(loaded));
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => loaded.Threads = -1).Message,
            "It is -1; expected 1 or more, or 0 for one per processor");
        loaded.Threads = 0;
        Assert.AreEqual(Environment.ProcessorCount, loaded.Threads);
    }

    [TestMethod]
    public void A_loaded_generator_is_told()
    {
        MLContext mlContext = _mlContext;
        string path = Path.GetTempFileName();
        try
        {
            using (DiffusionGenerateTransformer fitted = mlContext.Transforms.Text.DiffusionGenerate(
                "Story", nameof(TextRow.Sentence1), new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 6 })
                    .Fit(_texts))
                mlContext.Model.Save(fitted, _texts.Schema, path);
            // <example: threads>
            using var writer = (DiffusionGenerateTransformer)mlContext.Model.Load(path, out _);
            writer.Threads = 1; // from now on; 0 for one per processor
            // </example>
            Assert.AreEqual(1, writer.Threads);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Of every component that computes.</summary>
    [TestMethod]
    public void Each_component_is_told_and_refuses_a_negative_number()
    {
        TransformsCatalog.TextTransforms text = _mlContext.Transforms.Text;
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = _mlContext.MulticlassClassification.Trainers;
        IDataView questions = _mlContext.Data.LoadFromEnumerable(QuestionRow.Rows(4));
        IDataView words = _mlContext.Data.LoadFromEnumerable([new Words { Sentence = ["the", "cat"], Label = ["O", "B-X"] }]);
        foreach (Func<int, int> component in new Func<int, int>[]
        {
            threads => ThreadsOf(text.Infill("Story", nameof(TextRow.Sentence1),
                new InfillEstimator.Options { Model = TinyModel.Model, Threads = threads }).Fit(_texts)),
            threads => ThreadsOf(trainers.BertQuestionAnswering(options: Quick(QuestionRow.Options(), threads)).Fit(questions)),
            threads => ThreadsOf(
                trainers.BertNamedEntityRecognition(options: Quick(new BertNamedEntityRecognitionEstimator.Options(), threads)).Fit(words)),
            threads => ThreadsOf(_mlContext.Regression.Trainers.BertSentenceSimilarity(
                options: Quick(new BertSentenceSimilarityEstimator.Options { LabelColumnName = "Value" }, threads)).Fit(_texts)),
        })
        {
            Assert.AreEqual(1, component(1));
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => component(-1)).Message, "expected 1 or more");
        }
        WritingEvaluationOptions judged = new() { Model = TinyModel.Model, Threads = 1 };
        BitRate? likelihood = text.EvaluateWriting(_texts, nameof(TextRow.Sentence1), judged).Judged?.BitsPerWord;
        Assert.IsNotNull(likelihood);
        judged.Threads = 0;
        Assert.AreEqual(likelihood, text.EvaluateWriting(_texts, nameof(TextRow.Sentence1), judged).Judged?.BitsPerWord);
        judged.Threads = -1;
        Assert.Throws<ArgumentException>(() => text.EvaluateWriting(_texts, nameof(TextRow.Sentence1), judged));

        static int ThreadsOf<TModel>(ModelTransformerBase<TModel> transformer) where TModel : Encoders.EncoderWithHead
        {
            using (transformer)
                return transformer.Threads;
        }
    }

    private string[] Written(DiffusionGenerateTransformer transformer) => [.. transformer.Transform(_texts).GetColumn<string>("Story")];

    private float[] Scores(BertTextClassificationTransformer transformer) =>
        [.. transformer.Transform(_classes).GetColumn<VBuffer<float>>("Score").SelectMany(scores => scores.DenseValues())];

    private static TOptions Quick<TOptions>(TOptions options, int threads) where TOptions : TrainerOptions
    {
        (options.Model, options.Epochs, options.Seed, options.Threads) = (TinyModel.Model, 1, 1, threads);
        return options;
    }

    private sealed class Words
    {
        public string[] Sentence { get; set; } = [];

        public string[] Label { get; set; } = [];
    }
}
