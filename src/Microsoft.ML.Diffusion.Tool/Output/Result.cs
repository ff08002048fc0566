namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>A result of a command, for one row of its input.</summary>
/// <param name="Text">As text for a person.</param>
/// <param name="Fields">As fields, for JSON.</param>
/// <param name="Rows">As rows of CSV, each with the same names; null for one row with the fields.</param>
internal sealed record Result(string Text, IReadOnlyList<Field> Fields, IReadOnlyList<IReadOnlyList<Field>>? Rows = null);
