namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The columns of what writes are parameters, or options; parameters count where there are both.</summary>
[TestClass]
public sealed class ColumnOptionsTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void Columns_are_parameters_or_options()
    {
        TransformsCatalog.TextTransforms text = _mlContext.Transforms.Text;
        IDataView rows = _mlContext.Data.LoadFromEnumerable(TextRow.Make(4));
        DiffusionGenerateEstimator.Options generate =
            new() { Model = TinyModel.Model, MaxNewTokens = 4, OutputColumnName = "Story", InputColumnName = "Sentence1" };
        InfillEstimator.Options infill = new() { Model = TinyModel.Model, OutputColumnName = "Story", InputColumnName = "Sentence1" };
        MaskedDiffusionEstimator.Options train = new()
        {
            Model = TinyModel.Model, Epochs = 1, Generation = { MaxNewTokens = 4 }, OutputColumnName = "Story",
                PromptColumnName = "Sentence1", TextColumnName = "Sentence2",
        };
        foreach ((string expected, Func<IEstimator<ITransformer>> make) in new (string, Func<IEstimator<ITransformer>>)[]
        {
            ("Sentence1 -> Story", () => text.DiffusionGenerate(generate)),
                ("Sentence2 -> Tale", () => text.DiffusionGenerate("Tale", "Sentence2", generate)),
            ("Sentence1 -> Story", () => text.Infill(infill)), ("Sentence1 -> Sentence1", () => text.Infill("Sentence1", options: infill)),
            ("Sentence1 -> Story", () => text.MaskedDiffusion(train)),
            ("Sentence2 -> Tale", () => text.MaskedDiffusion("Tale", "Sentence2", "Sentence1", train)),
        })
        {
            ITransformer model = make().Fit(rows);
            Assert.AreEqual(expected, model switch
            {
                DiffusionGenerateTransformer writer => $"{writer.InputColumnName} -> {writer.OutputColumnName}",
                InfillTransformer filler => $"{filler.InputColumnName} -> {filler.OutputColumnName}",
                _ => null,
            });
            ((IDisposable)model).Dispose();
        }
        Assert.AreEqual(("Story", "Story", "Story"), (generate.OutputColumnName, infill.OutputColumnName, train.OutputColumnName),
            "the caller's objects stay as they are");
        foreach (Action nameless in new Action[]
        {
            () => text.DiffusionGenerate(new() { Model = TinyModel.Model }), () => text.Infill(new() { Model = TinyModel.Model }),
            () => text.MaskedDiffusion(new() { Model = TinyModel.Model })
        })
            StringAssert.Contains(Assert.Throws<ArgumentException>(nameless).Message, "utputColumnName");
    }
}
