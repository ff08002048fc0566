using FindEntities;
using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace Tour.Parts;

/// <summary>Trains a model to find names in made news, and finds those in another text.</summary>
internal sealed class FindNamesPart(int seed, bool quick) : ITourPart
{
    public string Title => "5. It learns to find names";

    public string Run(Screen screen)
    {
        NewsItem[] news = [.. NewsItems.Make(quick ? 16 : 300, seed: 1, NewsNames.ToLearn)];
        var mlContext = new MLContext();
        using BertNamedEntityRecognitionTransformer model = screen.Wait(progress => mlContext.MulticlassClassification.Trainers
            .BertNamedEntityRecognition(new BertNamedEntityRecognitionEstimator.Options
            {
                LabelStartColumnName = nameof(NewsItem.LabelStart),   // entities given by their characters
                LabelLengthColumnName = nameof(NewsItem.LabelLength),
                Epochs = quick ? 1 : 4,
                BatchSize = 16, // few examples: more steps
                EmaDecay = 0, // an average over so few steps would hold the weights of the first ones
                Seed = seed,
                Progress = progress,
                ProgressInterval = TimeSpan.FromSeconds(0.2),
            }).Fit(mlContext.Data.LoadFromEnumerable(news)));

        IDataView texts = mlContext.Data.LoadFromEnumerable([new NewsText { Sentence = NewsItems.Examples[1] }]);
        foreach (FoundEntities row in mlContext.Data.CreateEnumerable<FoundEntities>(model.Transform(texts), reuseRowObject: false))
        {
            screen.Line(row.Sentence);
            for (int i = 0; i < row.EntityText.Length; i++)
                screen.Bar($"{row.EntityText[i],-18} {row.EntityType[i],-4}", row.EntityScore[i]);
        }
        return $"trained on {news.Length} made sentences with other names";
    }
}
