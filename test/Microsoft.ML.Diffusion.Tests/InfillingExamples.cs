using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace DocumentationExamples;

/// <summary>The C# blocks of docs/infilling.md.</summary>
[TestClass]
public sealed class InfillingExamplesRun
{
    [TestMethod]
    public void Infill()
    {
        // <example: infill>
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(
        [
            new Letter { Template = "\"My dear {1},\" said she, \"{6..12}.\"" },
            new Letter { Template = "He took his {} and went out of the {1}." },
        ]);

        var pipeline = mlContext.Transforms.Text.Infill("Text", "Template",
            new InfillEstimator.Options { LongestGap = 6, Temperature = 0.8 });
        using InfillTransformer model = pipeline.Fit(data);

        foreach (Letter letter in mlContext.Data.CreateEnumerable<Letter>(model.Transform(data), reuseRowObject: false))
            Console.WriteLine(letter.Text);
        // </example>
        foreach (Letter letter in mlContext.Data.CreateEnumerable<Letter>(model.Transform(data), reuseRowObject: false))
            StringAssert.StartsWith(letter.Text, letter.Template[..8]);
    }

    [TestMethod]
    public void Required_words()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new Letter()]);
        // <example: infill-words>
        var options = new InfillEstimator.Options
        {
            RequiredWords = ["the old house", "sea"],
            MaxCandidates = 16,                         // lengths and places that are tried, in one batch
            Samples = 2,
            TemplateError = TemplateError.LeaveAsIs,    // a bad row does not stop the others
        };
        using InfillTransformer model = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        foreach (InfilledText text in model.Infill(["It was a dark night, and {8..16} was still.", "A text without a gap."]))
            Console.WriteLine($"{text.Text} ({text.MeanLogProbability:F2} nats a token, {text.Candidates} candidates)");
        // </example>
        IReadOnlyList<InfilledText> texts = model.Infill(["It was a dark night, and {8..16} was still."]);
        Assert.HasCount(2, texts);
        Assert.IsTrue(texts.All(text => text.Text.Contains("the old house", StringComparison.Ordinal) &&
            text.Text.Contains("sea", StringComparison.Ordinal)));
    }
}

// <example: infill>
public sealed class Letter
{
    public string Template { get; set; } = "";

    public string Text { get; set; } = "";
}
// </example>
