using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads data as objects.</summary>
internal sealed class PipeEngine<TDst>
    where TDst : class, new()
{
    private readonly ICursorable<TDst> _cursorable;

    internal PipeEngine(IHostEnvironment env, IDataView pipe, bool ignoreMissingColumns, SchemaDefinition schemaDefinition = null) =>
        _cursorable = TypedCursorable<TDst>.Create(env, pipe, ignoreMissingColumns, schemaDefinition);

    public IEnumerable<TDst> RunPipe(bool reuseRowObject)
    {
        using RowCursor<TDst> cursor = _cursorable.GetCursor();
        TDst row = null;
        while (cursor.MoveNext())
        {
            if (!reuseRowObject || row is null)
                row = new TDst();
            cursor.FillValues(row);
            yield return row;
        }
    }
}
