using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>Adds a recipe's columns; there is nothing to learn.</summary>
internal sealed class RowRecipeEstimator(IHostEnvironment env, RowRecipe recipe) : IEstimator<ITransformer>
{
    private readonly IHost _host = env.Register(nameof(RowRecipeEstimator));

    public ITransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        foreach (InputColumn column in recipe.Inputs)
            column.Find(_host, input.Schema);
        return new RowRecipeTransformer(_host, recipe);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        foreach (InputColumn column in recipe.Inputs)
            column.Check(_host, inputSchema);
        var added = new DataViewSchema.Builder();
        added.AddColumns(recipe.Outputs);
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column column in SchemaShape.Create(added.ToSchema()))
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
