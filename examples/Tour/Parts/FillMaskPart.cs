using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace Tour.Parts;

/// <summary>Predicts which tokens may stand in place of a mask, and how probable each is.</summary>
internal sealed class FillMaskPart : ITourPart
{
    public string Title => "3. It predicts a mask";

    public string Run(Screen screen)
    {
        var mlContext = new MLContext();
        var masked = new MaskRow { Text = "He opened the <mask> and went out." };
        IDataView data = mlContext.Data.LoadFromEnumerable([masked]);
        var pipeline = mlContext.Transforms.Text.FillMask("Candidates", "Text", new FillMaskEstimator.Options { TopK = 5 });
        using FillMaskTransformer model = pipeline.Fit(data);

        screen.Line(masked.Text);
        foreach (MaskRow row in mlContext.Data.CreateEnumerable<MaskRow>(model.Transform(data), reuseRowObject: false))
        {
            for (int i = 0; i < row.Candidates.Length; i++)
                screen.Bar($"{row.Candidates[i].Trim(),-8}", row.Score[i]);
        }
        return "the five most probable tokens";
    }
}
