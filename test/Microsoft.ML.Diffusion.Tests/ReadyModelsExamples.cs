using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tests;

namespace DocumentationExamples;

/// <summary>The C# blocks of docs/ready-models.md.</summary>
[TestClass]
public sealed class ReadyModelsExamplesRun
{
    private static readonly LabeledComment[] s_comments =
        [new() { Text = "A wonderful film.", Category = "positive" }, new() { Text = "I was bored.", Category = "negative" }];

    [TestMethod]
    public void Classify_one_text()
    {
        string directory = ReadyModels.Sentiment;
        // <example: ready-classify>
        var mlContext = new MLContext();
        EncoderModel model = EncoderModel.FromDirectory(directory); // fine-tuned for sentiment, say
        var pipeline = mlContext.Transforms.Text.ApplyTextClassification(model, sentence1ColumnName: "Text")
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("Sentiment", "PredictedLabel"));
        ITransformer transformer = pipeline.Fit(mlContext.Data.LoadFromEnumerable(Array.Empty<Comment>())); // no row is needed

        using var engine = mlContext.Model.CreatePredictionEngine<Comment, JudgedComment>(transformer);
        JudgedComment judged = engine.Predict(new Comment { Text = "A wonderful film." });
        Console.WriteLine($"{judged.Sentiment} ({judged.Score.Max():F2})");
        // </example>
        Assert.AreEqual("positive", judged.Sentiment);
    }

    [TestMethod]
    public void Evaluate()
    {
        var mlContext = new MLContext();
        IDataView comments = mlContext.Data.LoadFromEnumerable(s_comments);
        using BertTextClassificationTransformer transformer = mlContext.Transforms.Text.ApplyTextClassification(
            EncoderModel.FromDirectory(ReadyModels.Sentiment), sentence1ColumnName: "Text").Fit(comments);
        // <example: ready-evaluate>
        VBuffer<ReadOnlyMemory<char>> classes = default;
        transformer.GetOutputSchema(comments.Schema)["Score"].GetSlotNames(ref classes);
        IDataView keys = mlContext.Data.LoadFromEnumerable(classes.DenseValues().Select(name => new { Category = name.ToString() }));
        IDataView labeled = mlContext.Transforms.Conversion.MapValueToKey("Label", "Category", keyData: keys)
            .Fit(comments).Transform(comments);
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(transformer.Transform(labeled));
        // </example>
        Assert.AreEqual(1, metrics.MicroAccuracy);
        Assert.IsLessThan(0.5, metrics.LogLoss);
    }

    [TestMethod]
    public void Find_entities_and_answers()
    {
        (string nerDirectory, string squadDirectory) = (ReadyModels.Entity, ReadyModels.Question);
        var mlContext = new MLContext();
        IDataView texts = mlContext.Data.LoadFromEnumerable([new { Sentence = "Ann Lee left Rome." }]);
        IDataView questions =
            mlContext.Data.LoadFromEnumerable([new { Context = "Anna was born in London in 1832.", Question = "Where was Anna born?" }]);
        // <example: ready-others>
        var labeler = mlContext.Transforms.Text.ApplyNamedEntityRecognition(EncoderModel.FromDirectory(nerDirectory));
        IEnumerable<string[]> entities = labeler.Fit(texts).Transform(texts).GetColumn<string[]>("EntityText");

        var reader = mlContext.Transforms.Text.ApplyQuestionAnswering(new QuestionAnsweringScoringEstimator.Options
        {
            Model = EncoderModel.FromDirectory(squadDirectory),
            TopK = 1,
            MaxAnswerTokens = 15,
        });
        IEnumerable<string[]> answers = reader.Fit(questions).Transform(questions).GetColumn<string[]>("Answer");
        // </example>
        CollectionAssert.AreEqual(new[] { "Ann Lee", "Rome" }, entities.Single());
        CollectionAssert.AreEqual(new[] { "London" }, answers.Single());
    }
}

// <example: ready-classify>
public sealed class Comment
{
    public string Text { get; set; } = "";
}

public sealed class JudgedComment
{
    public string Sentiment { get; set; } = "";

    public float[] Score { get; set; } = [];
}
// </example>

internal sealed class LabeledComment
{
    public string Text { get; set; } = "";

    public string Category { get; set; } = "";
}
