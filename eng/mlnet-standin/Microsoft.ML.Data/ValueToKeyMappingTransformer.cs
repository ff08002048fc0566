using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel),
    ValueToKeyMappingTransformer.UserName, ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps values to the keys that were learnt for them, and others to the missing key.</summary>
public sealed partial class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Term Transform";
    internal const string LoaderSignature = "TermTransform";
    internal const string TermManagerLoaderSignature = "TermManager";
    private const string VocabularyDirectory = "Vocabulary";
    private readonly Vocabulary[] _vocabularies;
    private readonly bool[] _keyValuesAsText;

    internal ValueToKeyMappingTransformer(
        IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptionsBase[] columns, IDataView keyData, bool autoConvert)
        : base(env.Register("Term"), [.. columns.Select(c => (c.OutputColumnName, c.InputColumnName))])
    {
        _keyValuesAsText = [.. columns.Select(c => c.AddKeyValueAnnotationsAsText)];
        _vocabularies =
        [
            .. columns.Select(options =>
            {
                DataViewSchema.Column column = input.Schema.GetColumnOrNull(options.InputColumnName)
                    ?? throw Host.ExceptSchemaMismatch(nameof(input), "input", options.InputColumnName);
                Vocabulary vocabulary = Vocabulary.Create(column.Type.GetItemType());
                bool sort = options.KeyOrdinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue;
                if (keyData is null)
                    vocabulary.Learn(Host, input, column, options.MaximumNumberOfKeys, sort);
                else
                    vocabulary.Learn(Host, keyData, keyData.Schema[0], int.MaxValue, sort);
                return vocabulary;
            }),
        ];
    }

    private ValueToKeyMappingTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx)
    {
        _keyValuesAsText = [.. ColumnPairs.Select(_ => ctx.Reader.ReadBoolean())];
        _vocabularies = new Vocabulary[ColumnPairs.Length];
        bool found = ctx.TryProcessSubModel(VocabularyDirectory, c =>
        {
            c.CheckAtModel(GetTermManagerVersionInfo());
            host.CheckDecode(c.Reader.ReadInt32() == _vocabularies.Length, "Corrupt model file: there is not a vocabulary for each column.");
            for (int i = 0; i < _vocabularies.Length; i++)
                _vocabularies[i] = Vocabulary.Load(c);
        });
        host.CheckDecode(found, $"Missing {VocabularyDirectory} model");
    }

    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        return new ValueToKeyMappingTransformer(env.Register("Term"), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (bool asText in _keyValuesAsText)
            ctx.Writer.Write(asText);
        ctx.SaveSubModel(VocabularyDirectory, c =>
        {
            c.CheckAtModel();
            c.SetVersionInfo(GetTermManagerVersionInfo());
            c.Writer.Write(_vocabularies.Length);
            foreach (Vocabulary vocabulary in _vocabularies)
                vocabulary.Save(c);
        });
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        "TERMTRNF", verWrittenCur: 0x00010003, verReadableCur: 0x00010003, verWeCanReadBack: 0x00010003,
        typeof(ValueToKeyMappingTransformer).Assembly.FullName, LoaderSignature);

    private static VersionInfo GetTermManagerVersionInfo() => new(
        "TERM MAN", verWrittenCur: 0x00010002, verReadableCur: 0x00010002, verWeCanReadBack: 0x00010002,
        typeof(ValueToKeyMappingTransformer).Assembly.FullName, TermManagerLoaderSignature);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ValueToKeyMappingTransformer _parent;

        public Mapper(ValueToKeyMappingTransformer parent, DataViewSchema inputSchema) : base(parent.Host.Register("Mapper"), parent, inputSchema)
        {
            _parent = parent;
            for (int i = 0; i < parent._vocabularies.Length; i++)
            {
                DataViewType expected = parent._vocabularies[i].Type, found = inputSchema[ColMapNewToOld[i]].Type.GetItemType();
                string name = parent.ColumnPairs[i].outputColumnName;
                Host.Check(found.Equals(expected), $"Could not apply a map over type '{expected}' to column '{name}' since it has type '{found}'");
            }
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
        [
            .. _parent.ColumnPairs.Select((pair, i) =>
            {
                DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
                KeyDataViewType key = _parent._vocabularies[i].KeyType;
                var annotations = new DataViewSchema.Annotations.Builder();
                _parent._vocabularies[i].AddKeyValues(annotations, _parent._keyValuesAsText[i]);
                annotations.Add(source.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
                return new DataViewSchema.DetachedColumn(
                    pair.outputColumnName, source.Type is VectorDataViewType vector ? new VectorDataViewType(key, vector.Dimensions) : key, annotations.ToAnnotations());
            }),
        ];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            return _parent._vocabularies[iinfo].MakeGetter(input, InputSchema[ColMapNewToOld[iinfo]]);
        }
    }
}
