using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel),
    KeyToValueMappingTransformer.UserName, KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps keys back to the values that their column's annotations name.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName = null)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, (outputColumnName, inputColumnName ?? outputColumnName))) { }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(c => c.Name);
        foreach ((string output, string input) in Transformer.Columns)
        {
            if (!inputSchema.TryFindColumn(input, out SchemaShape.Column source))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            if (!source.IsKey)
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input, "KeyType", source.GetTypeString());
            if (!source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
                throw Host.ExceptParam(nameof(inputSchema), $"Input column '{input}' doesn't contain key values metadata");
            var annotations = new SchemaShape(source.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.SlotNames));
            columns[output] = new SchemaShape.Column(output, source.Kind, values.ItemType, values.IsKey, annotations);
        }
        return new SchemaShape(columns.Values);
    }
}

/// <summary>Maps keys back to the values that their column's annotations name; the missing key has none: empty text, NaN or zero.</summary>
public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";
    internal const string UserName = "Key To Value Transform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns) { }

    private KeyToValueMappingTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx) { }

    internal IReadOnlyCollection<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        return new KeyToValueMappingTransformer(env.Register(nameof(KeyToValueMappingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema inputSchema) => new Mapper(this, inputSchema);

    private static VersionInfo GetVersionInfo() => new(
        "KEY2VALT", verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
        typeof(KeyToValueMappingTransformer).Assembly.FullName, LoaderSignature);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly KeyToValueMappingTransformer _parent;

        public Mapper(KeyToValueMappingTransformer parent, DataViewSchema inputSchema) : base(parent.Host.Register("Mapper"), parent, inputSchema)
        {
            _parent = parent;
            foreach (DataViewSchema.Column source in ColMapNewToOld.Values.Select(i => inputSchema[i]))
            {
                DataViewType values = source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type;
                Host.Check(values is not null, "Metadata KeyValues does not exist");
                bool fits = source.Type.GetItemType() is KeyDataViewType key && values is VectorDataViewType vector && (ulong)vector.Size == key.Count;
                Host.Check(fits, "KeyValues metadata size does not match column type key count");
            }
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
        [
            .. _parent.ColumnPairs.Select((pair, i) =>
            {
                DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
                PrimitiveDataViewType value = ValueType(source);
                var annotations = new DataViewSchema.Annotations.Builder();
                annotations.Add(source.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
                return new DataViewSchema.DetachedColumn(
                    pair.outputColumnName, source.Type is VectorDataViewType vector ? new VectorDataViewType(value, vector.Dimensions) : value, annotations.ToAnnotations());
            }),
        ];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            DataViewSchema.Column source = InputSchema[ColMapNewToOld[iinfo]];
            Func<DataViewRow, DataViewSchema.Column, Delegate> make = MakeGetter<uint, int>;
            return (Delegate)make.Method.GetGenericMethodDefinition()
                .MakeGenericMethod(source.Type.GetItemType().RawType, ValueType(source).RawType).Invoke(null, [input, source]);
        }

        private static PrimitiveDataViewType ValueType(DataViewSchema.Column source) =>
            (PrimitiveDataViewType)source.Annotations.Schema[AnnotationUtils.Kinds.KeyValues].Type.GetItemType();

        private static Delegate MakeGetter<TKey, TValue>(DataViewRow row, DataViewSchema.Column column)
            where TKey : struct, IUnsignedNumber<TKey>
        {
            VBuffer<TValue> named = default;
            column.GetKeyValues(ref named);
            TValue[] values = [.. named.DenseValues()];
            TValue missing = typeof(TValue) == typeof(float) ? (TValue)(object)float.NaN : typeof(TValue) == typeof(double) ? (TValue)(object)double.NaN : default;
            if (column.Type is not VectorDataViewType)
            {
                ValueGetter<TKey> getKey = row.GetGetter<TKey>(column);
                TKey key = default;
                return (ValueGetter<TValue>)((ref TValue value) =>
                {
                    getKey(ref key);
                    value = ValueOf(key);
                });
            }
            ValueGetter<VBuffer<TKey>> getKeys = row.GetGetter<VBuffer<TKey>>(column);
            VBuffer<TKey> keys = default;
            return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> vector) =>
            {
                getKeys(ref keys);
                vector = new VBuffer<TValue>(keys.Length, [.. keys.DenseValues().Select(ValueOf)]);
            });

            TValue ValueOf(TKey key)
            {
                ulong place = ulong.CreateChecked(key);
                return place > 0 && place <= (ulong)values.Length ? values[place - 1] : missing;
            }
        }
    }
}
