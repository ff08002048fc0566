namespace ServeClassifier;

/// <summary>The model's output columns. For another model, rename the properties.</summary>
internal sealed class JudgedReview
{
    /// <summary>The predicted class.</summary>
    public string Predicted { get; set; } = "";

    /// <summary>The probability of each class, in the order of the column's slot names.</summary>
    public float[] Score { get; set; } = [];
}
