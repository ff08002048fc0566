using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>Checks text columns with ML.NET's own messages, and describes the output column.</summary>
internal static class TextColumns
{
    /// <summary>Fails unless the shape has a text column of this name.</summary>
    public static void Check(IHost host, SchemaShape inputSchema, string name, string role)
    {
        if (!inputSchema.TryFindColumn(name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), role, name);
        if (column.ItemType is not TextDataViewType || column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), role, name, "String", column.GetTypeString());
    }

    /// <summary>Finds the text column of this name.</summary>
    public static DataViewSchema.Column Find(IHost host, DataViewSchema inputSchema, string name, string role)
    {
        if (inputSchema.GetColumnOrNull(name) is not DataViewSchema.Column column)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), role, name);
        if (column.Type is not TextDataViewType)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), role, name, "String", column.Type.ToString()!);
        return column;
    }

    /// <summary>Fails if the trace column has an empty name or the name of the output column.</summary>
    public static void CheckTrace(IExceptionContext env, string? traceColumnName, string outputColumnName) => env.CheckUserArg(
        traceColumnName is null || !string.IsNullOrWhiteSpace(traceColumnName) && traceColumnName != outputColumnName,
        nameof(DenoisingOptions.TraceColumnName),
        $"It is '{traceColumnName}'; expected another name than that of the output column, or null for no traces");

    /// <summary>The input columns and the output columns: each a text, or a vector of texts if there are several samples.</summary>
    public static SchemaShape WithOutputs(SchemaShape schema, IEnumerable<string> names, int samples)
    {
        SchemaShape.Column.VectorKind kind = samples > 1 ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar;
        return schema.With(names.Select(name => new SchemaShape.Column(name, kind, TextDataViewType.Instance, false)));
    }

    /// <summary>The type of the output column.</summary>
    public static DataViewType OutputType(int samples) =>
        samples > 1 ? new VectorDataViewType(TextDataViewType.Instance, samples) : TextDataViewType.Instance;

    /// <summary>Creates a getter of the output column.</summary>
    /// <param name="samples">The number of texts for each row.</param>
    /// <param name="current">Returns a sample of the current row.</param>
    public static Delegate MakeGetter(int samples, Func<int, ReadOnlyMemory<char>> current)
    {
        if (samples == 1)
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = current(0));
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, samples);
            for (int sample = 0; sample < samples; sample++)
                editor.Values[sample] = current(sample);
            value = editor.Commit();
        });
    }
}
