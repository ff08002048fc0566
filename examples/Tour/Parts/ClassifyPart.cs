using ClassifyText;
using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace Tour.Parts;

/// <summary>Trains a classifier on made questions, and asks it about others.</summary>
internal sealed class ClassifyPart(int seed, bool quick) : ITourPart
{
    private static readonly string[] s_unseen = ["Who painted the church ?", "Where did the doctor go ?", "Why was the door closed ?"];

    public string Title => "4. It learns to classify: what does a question ask for?";

    public string Run(Screen screen)
    {
        Question[] questions = quick ? Questions.Make()[..32] : Questions.Make();
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(questions);
        ITransformer model = screen.Wait(progress => mlContext.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
            {
                Epochs = quick ? 1 : 4,
                BatchSize = 16, // few examples: more steps
                Seed = seed,
                Progress = progress,
                ProgressInterval = TimeSpan.FromSeconds(0.2),
            }))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedCategory", "PredictedLabel"))
            .Fit(data));

        using PredictionEngine<Question, Answer> engine = mlContext.Model.CreatePredictionEngine<Question, Answer>(model);
        foreach (string text in s_unseen)
        {
            Answer answer = engine.Predict(new Question { Sentence1 = text });
            screen.Bar($"{text,-26} {answer.PredictedCategory,-7}", answer.Score.Max());
        }
        return $"trained on {questions.Length} questions, none of these";
    }
}
