namespace ClassifyText;

/// <summary>The model's prediction for a question.</summary>
internal sealed class Answer
{
    /// <summary>The category.</summary>
    public string PredictedCategory { get; set; } = "";

    /// <summary>The probability of each category, in the order of the column's slot names.</summary>
    public float[] Score { get; set; } = [];
}
