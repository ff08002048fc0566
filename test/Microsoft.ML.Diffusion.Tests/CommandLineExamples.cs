using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tests;

namespace DocumentationExamples;

/// <summary>The C# block of docs/command-line.md, on a model like those that the tool saves.</summary>
[TestClass]
public sealed class CommandLineExamplesRun
{
    [TestMethod]
    public void Read_the_tools_model()
    {
        string path = Path.GetTempFileName();
        Save(path);
        // <example: command-line>
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(path, out _);
        using var engine = mlContext.Model.CreatePredictionEngine<Film, JudgedFilm>(model);
        JudgedFilm judged = engine.Predict(new Film { Review = "A wonderful film." });
        Console.WriteLine($"{judged.Label} ({judged.Score.Max():F2})");
        // </example>
        Assert.AreEqual("positive", judged.Label);
        File.Delete(path);
    }

    private static void Save(string path)
    {
        var mlContext = new MLContext();
        IDataView films = mlContext.Data.LoadFromEnumerable(Array.Empty<Film>());
        ITransformer model = mlContext.Transforms.Text.ApplyTextClassification(
                Microsoft.ML.Diffusion.EncoderModel.FromDirectory(ReadyModels.Sentiment), sentence1ColumnName: "review")
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(films);
        mlContext.Model.SaveAtomically(model, films.Schema, path);
        ((IDisposable)model).Dispose();
    }
}

// <example: command-line>
public sealed class Film
{
    [ColumnName("review")]
    public string Review { get; set; } = "";
}

public sealed class JudgedFilm
{
    [ColumnName("PredictedLabel")]
    public string Label { get; set; } = "";

    public float[] Score { get; set; } = [];
}
// </example>
