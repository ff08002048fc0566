using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace FindEntities;

/// <summary>Trains a model to find entities, measures it, and shows the entities that it finds.</summary>
internal sealed class EntityFinding(BertNamedEntityRecognitionEstimator.Options options)
{
    private readonly MLContext _mlContext = new(options.Seed);
    private ITransformer? _model;

    /// <summary>Trains on words with labels, in CoNLL's column files.</summary>
    public void LearnFromColumnFiles(string train, string test, int sentences)
    {
        IDataView learned = _mlContext.Data.TakeRows(_mlContext.Data.LoadFromConll(train), sentences);
        _model = _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(learned);
        IDataView labeled = _model.Transform(_mlContext.Data.LoadFromConll(test));
        Console.Write(_mlContext.MulticlassClassification.EvaluateNamedEntities(labeled));
    }

    /// <summary>Trains on texts with entities given by their characters.</summary>
    public void LearnFromTexts(IEnumerable<NewsItem> learned, IEnumerable<NewsItem> measured)
    {
        (options.LabelStartColumnName, options.LabelLengthColumnName) = (nameof(NewsItem.LabelStart), nameof(NewsItem.LabelLength));
        _model = _mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options)
            .Fit(_mlContext.Data.LoadFromEnumerable(learned));
        IDataView found = _model.Transform(_mlContext.Data.LoadFromEnumerable(measured));
        Console.Write(_mlContext.MulticlassClassification.EvaluateEntitySpans(found));
    }

    /// <summary>Finds entities in texts; it works with either training method.</summary>
    public void Find(IEnumerable<string> texts)
    {
        IDataView found = _model!.Transform(_mlContext.Data.LoadFromEnumerable(texts.Select(text => new NewsText { Sentence = text })));
        foreach (FoundEntities row in _mlContext.Data.CreateEnumerable<FoundEntities>(found, reuseRowObject: false))
        {
            Console.WriteLine();
            Console.WriteLine(row.Sentence);
            for (int i = 0; i < row.EntityType.Length; i++)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {row.EntityType[i],-4} {row.EntityText[i]} (characters {row.EntityStart[i]} to " +
                        $"{row.EntityStart[i] + row.EntityLength[i]}, {row.EntityScore[i]:F2})"));
            }
        }
    }
}
