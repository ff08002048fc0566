using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace Tour.Parts;

/// <summary>Fills a gap in the middle of a text, with words that must appear in it.</summary>
internal sealed class InfillPart(int seed) : ITourPart
{
    private static readonly string[] s_required = ["old house", "sea"];

    public string Title => "2. It fills a gap, with words that must appear";

    public string Run(Screen screen)
    {
        var mlContext = new MLContext();
        var template = new TemplateRow { Template = "We walked {10..16} until morning." }; // a gap of 10 to 16 tokens
        IDataView data = mlContext.Data.LoadFromEnumerable([template]);
        var pipeline = mlContext.Transforms.Text.Infill("Text", "Template", new InfillEstimator.Options
        {
            RequiredWords = s_required,
            MaxCandidates = 16,      // lengths of the gap and places of the words, tried in one batch
            Temperature = 0,         // the most probable tokens
            RepetitionPenalty = 1.2,
            Seed = seed,
        });
        using InfillTransformer model = pipeline.Fit(data);

        screen.Line($"{template.Template}  + {string.Join(" + ", s_required)}");
        foreach (TemplateRow row in mlContext.Data.CreateEnumerable<TemplateRow>(model.Transform(data), reuseRowObject: false))
            screen.Result(row.Text.ReplaceLineEndings(" "));
        return "the best of 16 lengths and places";
    }
}
