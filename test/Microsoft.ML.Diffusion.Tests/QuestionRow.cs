namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Contexts with a number in them, which is the answer to every question, and some without.</summary>
internal sealed class QuestionRow : AskedRow
{
    private static readonly string[] s_words = ["the", "cat", "sat", "on", "the", "mat"];

    public string TrainingAnswer { get; set; } = "";

    public int AnswerIndex { get; set; } = -1;

    public string[] Answers { get; set; } = [];

    /// <summary>A row with an answer.</summary>
    public static QuestionRow Of(int number)
    {
        int place = 1 + number % 5;
        string answer = $"{1 + number % 9}{1 + number / 9 % 9}";
        string[] words = [.. s_words[..place], answer, .. s_words[place..]];
        int start = string.Join(' ', words[..place]).Length + 1;
        return new QuestionRow
        {
            Context = string.Join(' ', words), Question = "the?", TrainingAnswer = answer, AnswerIndex = start, Answers = [answer]
        };
    }

    /// <summary>Rows with answers.</summary>
    public static QuestionRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(Of)];

    /// <summary>Rows of which every third has no answer, as its context has no number.</summary>
    public static QuestionRow[] RowsOfBothKinds(int count) =>
        [.. Enumerable.Range(0, count).Select(i => i % 3 > 0 ? Of(i)
            : new QuestionRow { Context = string.Join(' ', s_words.Select((_, k) => s_words[(i / 3 + k) % 6])), Question = "the?" })];

    /// <summary>Options with which the tiny model learns this in a second.</summary>
    public static BertQuestionAnsweringEstimator.Options Options(double epochs = 25) => new()
    {
        Model = TinyModel.Model,
        Seed = 3,
        Epochs = epochs,
        LearningRate = 3e-3,
        BatchSize = 8,
        MaxQuestionTokens = 4,
        StrideOverlap = 6,
        MaxAnswerTokens = 4,
        NBest = 5,
        ProgressInterval = TimeSpan.Zero,
    };

    /// <summary>Trains on rows.</summary>
    public static BertQuestionAnsweringTransformer Fit(MLContext mlContext, QuestionRow[] rows,
        BertQuestionAnsweringEstimator.Options options) =>
        mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options).Fit(mlContext.Data.LoadFromEnumerable(rows));
}

/// <summary>What is needed to ask.</summary>
internal class AskedRow
{
    public string? Context { get; set; }

    public string? Question { get; set; }
}

/// <summary>What is answered.</summary>
internal sealed class AnsweredRow
{
    public string[] Answer { get; set; } = [];

    public float[] Score { get; set; } = [];

    public int[] AnswerStart { get; set; } = [];

    public float NoAnswerMargin { get; set; }
}
