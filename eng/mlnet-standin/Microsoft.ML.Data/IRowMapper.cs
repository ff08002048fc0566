namespace Microsoft.ML.Data;

/// <summary>A signature: makes a row mapper for a schema.</summary>
internal delegate void SignatureLoadRowMapper(ModelLoadContext ctx, DataViewSchema schema);

/// <summary>Makes the columns that a transformer adds to one schema.</summary>
internal interface IRowMapper : ICanSaveModel
{
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);
    DataViewSchema.DetachedColumn[] GetOutputColumns();
    ITransformer GetTransformer();
}
