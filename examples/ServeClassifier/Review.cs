namespace ServeClassifier;

/// <summary>The model's input columns. For another model, rename the properties.</summary>
internal sealed class Review
{
    /// <summary>The text.</summary>
    public string Text { get; set; } = "";

    /// <summary>The class; only the training reads it.</summary>
    public string Sentiment { get; set; } = "";
}
