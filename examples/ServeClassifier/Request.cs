namespace ServeClassifier;

/// <summary>The body of a request: <c>{ "text": "…" }</c>.</summary>
internal sealed record Request(string? Text);
