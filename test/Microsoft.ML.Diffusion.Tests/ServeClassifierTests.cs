using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.Transforms;
using ServeClassifier;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example of a web service, in this process, on a free port of the loopback interface.</summary>
[TestClass]
public sealed class ServeClassifierTests
{
    private static readonly string[] s_texts = ["A wonderful film.", "I was bored.", "The ship sailed. It rained all day.", "film", "?"];
    private static string s_directory = "";

    private static string ModelPath => Path.Combine(s_directory, "model.zip");

    public required TestContext TestContext { get; set; }

    [ClassInitialize]
    public static void Make(TestContext context) => s_directory = Directory.CreateTempSubdirectory("serve-classifier").FullName;

    [ClassCleanup]
    public static void Remove() => Directory.Delete(s_directory, recursive: true);

    [TestMethod]
    public async Task Requests_at_once_get_what_direct_predictions_give()
    {
        Save(ReadyModels.Sentiment);
        Dictionary<string, Prediction> expected = Direct();
        await using WebApplication app = await Start();
        using HttpClient client = Client(app);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async first =>
        {
            for (int i = 0; i < 5; i++)
            {
                string text = s_texts[(first + i) % 5];
                AssertSame(expected[text], await Classify(client, text));
            }
        }));
        StringAssert.Contains(await client.GetStringAsync("/health", TestContext.CancellationToken), "\"model\":\"model.zip\"");
        foreach (object body in (object[])[new { }, new { text = " " }])
        {
            using HttpResponseMessage refused = await client.PostAsJsonAsync("/classify", body, TestContext.CancellationToken);
            Assert.AreEqual(HttpStatusCode.BadRequest, refused.StatusCode);
            StringAssert.Contains(await refused.Content.ReadAsStringAsync(TestContext.CancellationToken), "The text is missing or empty");
        }
    }

    [TestMethod]
    public async Task A_model_that_is_saved_over_the_old_one_is_served_and_a_damaged_one_is_not()
    {
        Save(ReadyModels.Sentiment);
        await using WebApplication app = await Start();
        using HttpClient client = Client(app);
        var classifier = app.Services.GetRequiredService<Classifier>();
        Assert.IsFalse(await classifier.ReloadAsync());
        Prediction old = await Classify(client, s_texts[0]);

        File.WriteAllText(ModelPath, "no .zip");
        File.SetLastWriteTimeUtc(ModelPath, DateTime.UtcNow.AddMinutes(1));
        await Assert.ThrowsAsync<Exception>(classifier.ReloadAsync);
        AssertSame(old, await Classify(client, s_texts[0]));

        MadeReviews.Train(TinyModel.Model, ModelPath);
        Dictionary<string, Prediction> expected = Direct();
        Assert.AreNotEqual(expected[s_texts[0]].Probability, old.Probability);
        Task[] requests = [.. Enumerable.Range(0, 8).Select(_ => Classify(client, s_texts[0]))];
        Assert.IsTrue(await classifier.ReloadAsync());
        await Task.WhenAll(requests); // none is lost
        AssertSame(expected[s_texts[0]], await Classify(client, s_texts[0]));
    }

    [TestMethod]
    public async Task A_request_that_is_aborted_stops_waiting_for_an_engine()
    {
        Save(ReadyModels.Sentiment);
        await using var busy = new LoadedModel(ModelPath, engines: 0, Extensions.Logging.Abstractions.NullLogger.Instance);
        using var aborted = new CancellationTokenSource();
        Task<Prediction> waiting = busy.PredictAsync(s_texts[0], aborted.Token);
        Assert.IsFalse(waiting.IsCompleted);
        await aborted.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
    }

    private static async Task<WebApplication> Start()
    {
        WebApplication app = Server.Create(["--urls", "http://127.0.0.1:0", "--model", ModelPath, "--Logging:LogLevel:Default", "Error"]);
        await app.StartAsync();
        return app;
    }

    private static HttpClient Client(WebApplication app) => new() { BaseAddress = new Uri(app.Urls.Single()) };

    private async Task<Prediction> Classify(HttpClient client, string text)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync("/classify", new Request(text), TestContext.CancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Prediction>(TestContext.CancellationToken))!;
    }

    private static void AssertSame(Prediction expected, Prediction actual)
    {
        Assert.AreEqual((expected.Label, expected.Probability), (actual.Label, actual.Probability));
        CollectionAssert.AreEquivalent(expected.Scores.ToArray(), actual.Scores.ToArray());
    }

    /// <summary>What the .zip predicts in a pipeline.</summary>
    private static Dictionary<string, Prediction> Direct()
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(ModelPath, out _);
        using PredictionEngine<Review, JudgedReview> engine = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(model);
        var labels = default(ML.Data.VBuffer<ReadOnlyMemory<char>>);
        engine.OutputSchema["Score"].Annotations.GetValue("SlotNames", ref labels);
        string[] names = [.. labels.DenseValues().Select(label => label.ToString())];
        return s_texts.ToDictionary(text => text, text =>
        {
            JudgedReview judged = engine.Predict(new Review { Text = text });
            return new Prediction(judged.Predicted, judged.Score.Max(), names.Zip(judged.Score).ToDictionary());
        });
    }

    /// <summary>Saves a model that is already fine-tuned, in the columns of the example.</summary>
    private static void Save(string directory)
    {
        var mlContext = new MLContext();
        IDataView rows = mlContext.Data.LoadFromEnumerable(Array.Empty<Review>());
        using ML.Data.TransformerChain<KeyToValueMappingTransformer> model = mlContext.Transforms.Text.ApplyTextClassification(
            EncoderModel.FromDirectory(directory), sentence1ColumnName: "Text")
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel")).Fit(rows);
        mlContext.Model.SaveAtomically(model, rows.Schema, ModelPath);
    }
}
