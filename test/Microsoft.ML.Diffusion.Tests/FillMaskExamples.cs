using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Checkpoints;

namespace DocumentationExamples;

/// <summary>The C# blocks of docs/fill-mask.md.</summary>
[TestClass]
public sealed class FillMaskExamplesRun
{
    [TestMethod]
    public void Fill_masks()
    {
        // <example: fill-mask>
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(
        [
            new Sentence { Text = "He opened the <mask> and went out." },
            new Sentence { Text = "She <mask> her hand, and he took <mask>." },
        ]);

        var pipeline = mlContext.Transforms.Text.FillMask("Candidates", "Text",
            new FillMaskEstimator.Options { TopK = 3, FilledColumnName = "Filled" });
        using FillMaskTransformer model = pipeline.Fit(data);

        foreach (Prediction row in mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false))
        {
            Console.WriteLine(row.Filled);
            for (int i = 0; i < row.Candidates.Length; i++)
                Console.WriteLine($"  mask {i / 3}: '{row.Candidates[i]}' {row.Score[i]:P1}");
        }
        // </example>
        Prediction[] rows = [.. mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false)];
        CollectionAssert.Contains(rows[0].Candidates, " door");
        Assert.HasCount(6, rows[1].Candidates);
        // <example: fill-mask-by-mask>
        FilledText filled = model.Fill(["The old <mask> sat by the <mask>."])[0];
        foreach (FilledMask mask in filled.Masks)
            Console.WriteLine($"character {mask.Start}: {string.Join(", ", mask.Candidates.Select(candidate => candidate.Text.Trim()))}");
        // </example>
        CollectionAssert.AreEqual(new[] { 8, 26 }, filled.Masks.Select(mask => mask.Start).ToArray());
    }

    [TestMethod]
    public void Targets()
    {
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable([new Sentence()]);
        // <example: fill-mask-targets>
        var options = new FillMaskEstimator.Options { Targets = ["husband", "wife", "horse"] };
        using FillMaskTransformer model = mlContext.Transforms.Text.FillMask("Candidates", "Text", options).Fit(data);
        foreach (MaskCandidate candidate in model.Fill(["He loved his <mask> dearly."])[0].Masks[0].Candidates)
            Console.WriteLine($"{candidate.Text}: {candidate.Probability:E2}");
        // </example>
        Assert.AreEqual(" wife", model.Fill(["He loved his <mask> dearly."])[0].Masks[0].Candidates[0].Text);
    }

    [TestMethod]
    public void A_model_of_your_own()
    {
        var mlContext = new MLContext();
        string directory = Directory.CreateTempSubdirectory("fill-mask").FullName;
        try
        {
            Copy(EncoderModel.Default, directory);
            // <example: fill-mask-model>
            var options = new FillMaskEstimator.Options { Model = EncoderModel.FromDirectory(directory), TopK = 10 };
            var pipeline = mlContext.Transforms.Text.FillMask("Candidates", "Text", options);
            // </example>
            using FillMaskTransformer model = pipeline.Fit(mlContext.Data.LoadFromEnumerable([new Sentence()]));
            Assert.HasCount(10, model.Fill(["The <mask>."])[0].Masks[0].Candidates);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Copy(EncoderModel model, string directory)
    {
        foreach (string name in model.Files.Names)
        {
            using ModelFile file = model.Files.Open(name);
            File.WriteAllBytes(Path.Combine(directory, name), file.ReadAllBytes(int.MaxValue));
        }
    }
}

// <example: fill-mask>
public sealed class Sentence
{
    public string Text { get; set; } = "";
}

public sealed class Prediction
{
    public string[] Candidates { get; set; } = [];

    public float[] Score { get; set; } = [];

    public string Filled { get; set; } = "";
}
// </example>
