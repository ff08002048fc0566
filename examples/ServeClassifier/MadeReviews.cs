using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;

namespace ServeClassifier;

/// <summary>A small model, for a first try without a .zip.</summary>
internal static class MadeReviews
{
    private static readonly string[] s_things = ["film", "book", "song", "play", "story", "dinner", "journey", "house", "picture", "dance"];

    private static readonly (string Sentiment, string[] Forms)[] s_forms =
    [
        ("positive", ["A wonderful {0}.", "I loved the {0}.", "The {0} was a great pleasure.", "What a beautiful {0}!"]),
        ("negative", ["A terrible {0}.", "I hated the {0}.", "The {0} was a great bore.", "What an ugly {0}!"]),
    ];

    /// <summary>Trains a classifier on 80 rows that are made from a few words.</summary>
    /// <returns>The path of its .zip.</returns>
    public static string Train(EncoderModel model, string path)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView rows = mlContext.Data.LoadFromEnumerable(
            from thing in s_things
            from form in s_forms
            from text in form.Forms
            select new Review { Text = string.Format(null, text, thing), Sentiment = form.Sentiment });
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Review.Sentiment))
            .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
            {
                Model = model,
                Sentence1ColumnName = nameof(Review.Text),
                BatchSize = 16,
                Epochs = 20,
            }))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(JudgedReview.Predicted), "PredictedLabel"));
        using TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> trained = pipeline.Fit(rows);
        mlContext.Model.SaveAtomically(trained, rows.Schema, path);
        return path;
    }
}
