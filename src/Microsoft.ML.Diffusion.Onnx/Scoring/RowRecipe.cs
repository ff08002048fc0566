namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The computation of added columns from those of a row.</summary>
internal abstract class RowRecipe
{
    /// <summary>The kind, for the saved form.</summary>
    public abstract RecipeKind Kind { get; }

    /// <summary>The columns that are read.</summary>
    public abstract IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The columns that are added.</summary>
    public abstract DataViewSchema.DetachedColumn[] Outputs { get; }

    /// <summary>Creates the computation for one cursor.</summary>
    /// <param name="input">The row that it reads.</param>
    /// <param name="columns">The columns of <see cref="Inputs"/> in it.</param>
    /// <param name="warn">Logs a warning.</param>
    public abstract RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn);

    /// <summary>Writes the recipe.</summary>
    public abstract void Save(ModelSaveContext ctx);

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="InvalidDataException">The saved form is damaged.</exception>
    public static RowRecipe Load(RecipeKind kind, ModelLoadContext ctx) => kind switch
    {
        RecipeKind.TextTokens => TextTokens.Load(ctx),
        RecipeKind.QuestionTokens => QuestionTokens.Load(ctx),
        RecipeKind.WordTokens => WordTokens.Load(ctx),
        RecipeKind.Labels => LabelPrediction.Load(ctx),
        RecipeKind.Answers => AnswerPrediction.Load(ctx),
        RecipeKind.Entities => EntityPrediction.Load(ctx),
        _ => throw new InvalidDataException($"It computes columns of the unknown kind {kind}."),
    };
}
