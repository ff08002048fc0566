using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns which values there are; a value's key is its place among them, counted from 1.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptionsBase[] _columns;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptionsBase[] columns, IDataView keyData = null)
    {
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _host.CheckParam(keyData is null || keyData.Schema.Count == 1, nameof(keyData), "The data of the terms to map must have one column.");
        (_columns, _keyData) = (columns, keyData);
    }

    public ValueToKeyMappingTransformer Fit(IDataView input) => new(_host, input, _columns, _keyData, false);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(c => c.Name);
        foreach (ColumnOptionsBase options in _columns)
        {
            if (!inputSchema.TryFindColumn(options.InputColumnName, out SchemaShape.Column source))
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", options.InputColumnName);
            var keyValues = new SchemaShape.Column(
                AnnotationUtils.Kinds.KeyValues,
                SchemaShape.Column.VectorKind.Vector,
                options.AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : source.ItemType,
                source.IsKey);
            var annotations = new SchemaShape([.. source.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.SlotNames), keyValues]);
            columns[options.OutputColumnName] = new SchemaShape.Column(options.OutputColumnName, source.Kind, NumberDataViewType.UInt32, true, annotations);
        }
        return new SchemaShape(columns.Values);
    }

    /// <summary>The order of the keys.</summary>
    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    internal static class Defaults
    {
        public const int MaximumNumberOfKeys = 1000000;
        public const bool AddKeyValueAnnotationsAsText = false;
        public const KeyOrdinality Ordinality = KeyOrdinality.ByOccurrence;
    }

    /// <summary>How one column is mapped.</summary>
    internal abstract class ColumnOptionsBase
    {
        public readonly string OutputColumnName;
        public readonly string InputColumnName;
        public readonly KeyOrdinality KeyOrdinality;
        public readonly int MaximumNumberOfKeys;
        public readonly bool AddKeyValueAnnotationsAsText;

        private protected ColumnOptionsBase(
            string outputColumnName, string inputColumnName, int maximumNumberOfKeys, KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText)
        {
            OutputColumnName = Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            InputColumnName = inputColumnName ?? outputColumnName;
            Contracts.CheckParam(maximumNumberOfKeys > 0, nameof(maximumNumberOfKeys), "Must be positive");
            (MaximumNumberOfKeys, KeyOrdinality, AddKeyValueAnnotationsAsText) = (maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText);
        }
    }

    /// <summary>How one column is mapped.</summary>
    internal sealed class ColumnOptions : ColumnOptionsBase
    {
        public ColumnOptions(
            string outputColumnName,
            string inputColumnName = null,
            int maximumNumberOfKeys = Defaults.MaximumNumberOfKeys,
            KeyOrdinality keyOrdinality = Defaults.Ordinality,
            bool addKeyValueAnnotationsAsText = Defaults.AddKeyValueAnnotationsAsText)
            : base(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText) { }
    }
}
