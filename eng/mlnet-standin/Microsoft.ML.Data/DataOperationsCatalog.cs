using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Makes and reads data.</summary>
public sealed class DataOperationsCatalog : IInternalCatalog
{
    private readonly IHostEnvironment _env;
    internal DataOperationsCatalog(IHostEnvironment env) => _env = env;
    IHostEnvironment IInternalCatalog.Environment => _env;

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class => DataViewConstructionUtils.CreateFromEnumerable(_env, data, schemaDefinition);

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        _env.CheckValue(data, nameof(data));
        return new PipeEngine<TRow>(_env, data, ignoreMissingColumns, schemaDefinition).RunPipe(reuseRowObject);
    }
}
