using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.MaskFilling;

/// <summary>The columns that a <see cref="FillMaskTransformer"/> reads and adds.</summary>
/// <param name="Output">Added: the candidates.</param>
/// <param name="Input">Read: the texts with masks.</param>
/// <param name="Score">Added: the probabilities of the candidates.</param>
/// <param name="Filled">Added: the filled texts; null for no such column.</param>
internal sealed record MaskFillingColumns(string Output, string Input, string Score, string? Filled)
{
    /// <summary>The added columns, in order.</summary>
    public DataViewSchema.DetachedColumn[] Added
    {
        get
        {
            List<DataViewSchema.DetachedColumn> added =
            [
                new(Output, new VectorDataViewType(TextDataViewType.Instance)),
                new(Score, new VectorDataViewType(NumberDataViewType.Single)),
            ];
            if (Filled is not null)
                added.Add(new(Filled, TextDataViewType.Instance));
            return [.. added];
        }
    }

    /// <summary>The input columns and the added columns.</summary>
    public SchemaShape AddTo(SchemaShape schema) => schema.With(Added.Select(added => added.Type is VectorDataViewType vector
        ? new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.VariableVector, vector.ItemType, isKey: false)
        : new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.Scalar, added.Type, isKey: false)));

    /// <summary>Fails if a name is empty, or if two added columns have the same name.</summary>
    public void Check(IExceptionContext env)
    {
        ColumnNames.Check(env, Score, nameof(FillMaskEstimator.Options.ScoreColumnName), "the output column for the probabilities");
        ColumnNames.CheckOptional(env, Filled, nameof(FillMaskEstimator.Options.FilledColumnName), "the output column for the filled texts",
            "no such column");
        string? twice = Added.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        env.CheckUserArg(twice is null, nameof(FillMaskEstimator.Options.OutputColumnName),
            $"Two output columns are named '{twice}'; expected a different name for each");
    }

    /// <summary>Writes the names.</summary>
    public void Save(ModelSaveContext ctx)
    {
        // string ids: Output, Input, Score
        // bool: whether there are filled texts; string id, if true: Filled
        ctx.SaveNonEmptyString(Output);
        ctx.SaveNonEmptyString(Input);
        ctx.SaveNonEmptyString(Score);
        ctx.Writer.Write(Filled is not null);
        if (Filled is not null)
            ctx.SaveNonEmptyString(Filled);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The names are damaged.</exception>
    public static MaskFillingColumns Load(IHost host, ModelLoadContext ctx)
    {
        var columns = new MaskFillingColumns(ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(),
            ctx.Reader.ReadBoolean() ? ctx.LoadNonEmptyString() : null);
        host.CheckDecode(columns.Added.Select(column => column.Name).Distinct().Count() == columns.Added.Length,
            "Two output columns have the same name. The file is damaged.");
        return columns;
    }
}
