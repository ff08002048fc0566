namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>A named value of a result: a text, a number, a list of values, or a list of fields.</summary>
internal readonly record struct Field(string Name, object? Value);
