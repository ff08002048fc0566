using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What ML.NET's ONNX converter cannot say is refused, and nothing is written.</summary>
[TestClass]
public sealed class RefusedConversionTests
{
    private static readonly MLContext s_mlContext = new(seed: 1);
    private static readonly IDataView s_data = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void A_writer() => AssertRefused(
        s_mlContext.Transforms.Text.DiffusionGenerate(
            "Story", "Text", new DiffusionGenerateEstimator.Options { Model = ScoringModel.Model, MaxNewTokens = 2, Steps = 1 })
            .Fit(s_data), s_data, "'Story' cannot be converted to ONNX", "many steps");

    [TestMethod]
    public void A_filler_of_masks() => AssertRefused(
        s_mlContext.Transforms.Text.FillMask(
            "Filled", "Text", new FillMaskEstimator.Options { Model = ScoringModel.Model }).Fit(s_data), s_data, "any number of masks");

    [TestMethod]
    public void Answers_from_windows() => AssertRefused(
        s_mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(new BertQuestionAnsweringEstimator.Options
        {
            Model = ScoringModel.Model, Epochs = 1, Seed = 1, MaxQuestionTokens = 20, StrideOverlap = 16,
        }).Fit(s_data), s_data, "'Answer', 'Score', 'AnswerStart', 'NoAnswerMargin'", "split into windows", "PredictFromOnnx");

    [TestMethod]
    public void Labels_of_words() => AssertRefused(
        s_mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(new BertNamedEntityRecognitionEstimator.Options
        {
            Model = ScoringModel.Model, Epochs = 1, Seed = 1,
        }).Fit(s_data), s_data, "decoded from the logits of tokens", "PredictFromOnnx");

    [TestMethod]
    public void Keys_whose_number_varies()
    {
        IDataView data = s_mlContext.Transforms.Conversion.MapValueToKey("Tags").Fit(s_data).Transform(s_data);
        AssertRefused(
            s_mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(new BertMultiLabelClassificationEstimator.Options
            {
                Model = ScoringModel.Model, Sentence1ColumnName = "Text", LabelColumnName = "Tags", Epochs = 1, Seed = 1,
            }).Fit(data), s_data, "whose number varies", "Boolean");
    }

    [TestMethod]
    public void A_quantized_model() => AssertRefused(Classifier(ScoringModel.Model.Quantized()), s_data, "8-bit", "SaveOnnx");

    /// <summary>The embedded model's tokenizer is a byte-level BPE; one with a prefix space is not what the operator does.</summary>
    [TestMethod]
    public void A_tokenizer_that_the_operators_cannot_express()
    {
        EncoderModel model = ChangedTokenizer.WithPrefixSpace(EncoderModel.Default);
        AssertRefused(
            Classifier(model), s_data, "with texts as its input", "add_prefix_space", "Convert it with token ids as its input");
    }

    [TestMethod]
    public void A_pipeline_with_one_of_these()
    {
        EstimatorChain<ITransformer> pipeline = new EstimatorChain<ITransformer>()
            .Append((IEstimator<ITransformer>)s_mlContext.Transforms.CopyColumns("Copy", "Text"))
            .Append((IEstimator<ITransformer>)s_mlContext.Transforms.Text.DiffusionGenerate(
                "Story", "Copy", new DiffusionGenerateEstimator.Options { Model = ScoringModel.Model, MaxNewTokens = 2, Steps = 1 }))
            .Append((IEstimator<ITransformer>)s_mlContext.Transforms.CopyColumns("Again", "Number"));
        AssertRefused(pipeline.Fit(s_data), s_data, "'Story'", "mlContext.Model.Save");
    }

    /// <summary>The converter would take the text of the data for the normalized one, and write a graph that computes something else.
    /// </summary>
    [TestMethod]
    public void A_transform_before_it_that_has_no_graph()
    {
        IDataView keyed = s_mlContext.Transforms.Conversion.MapValueToKey("Key", "Category").Fit(s_data).Transform(s_data);
        ITransformer pipeline = s_mlContext.Transforms.Text.NormalizeText("Text")
            .Append(s_mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
            {
                Model = ScoringModel.Model, Sentence1ColumnName = "Text", LabelColumnName = "Key", Epochs = 1, Seed = 1, MaxLength = 16,
            })).Fit(keyed);
        AssertRefused(pipeline, s_data, "a transform before them, which makes 'Text'", "mlContext.Data.Cache");
    }

    private static BertTextClassificationTransformer Classifier(EncoderModel model) =>
        s_mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
        {
            Model = model, Sentence1ColumnName = "Text", LabelColumnName = "Key", Epochs = 1, Seed = 1, MaxLength = 16,
        }).Fit(s_mlContext.Transforms.Conversion.MapValueToKey("Key", "Category").Fit(s_data).Transform(s_data));

    private void AssertRefused(ITransformer model, IDataView data, params string[] parts)
    {
        using var stream = new MemoryStream();
        NotSupportedException refused =
            Assert.ThrowsExactly<NotSupportedException>(() => s_mlContext.Model.ConvertToOnnx(model, data, stream));
        TestContext.WriteLine(refused.Message);
        foreach (string part in parts)
            Assert.Contains(part, refused.Message);
        Assert.AreEqual(0, stream.Length);
    }
}
