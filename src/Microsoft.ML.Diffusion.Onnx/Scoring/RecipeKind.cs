namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The kinds of recipes, as they are saved.</summary>
internal enum RecipeKind : byte
{
    TextTokens = 1,
    QuestionTokens = 2,
    WordTokens = 3,
    Labels = 4,
    Answers = 5,
    Entities = 6,
}
