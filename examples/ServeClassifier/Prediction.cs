namespace ServeClassifier;

/// <summary>The answer to a request.</summary>
/// <param name="Label">The predicted class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Scores">The probability of each class.</param>
internal sealed record Prediction(string Label, float Probability, IReadOnlyDictionary<string, float> Scores);
