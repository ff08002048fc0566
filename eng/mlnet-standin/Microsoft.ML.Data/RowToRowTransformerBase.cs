using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of transformers that add columns, each row from itself alone.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;
    private protected RowToRowTransformerBase(IHost host) => Host = host;

    bool ITransformer.IsRowToRowMapper => true;

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapperTransform(Host, new EmptyDataView(Host, inputSchema), MakeRowMapper(inputSchema), MakeRowMapper);
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return RowToRowMapperTransform.GetOutputSchema(inputSchema, MakeRowMapper(inputSchema));
    }

    public IDataView Transform(IDataView input) => MakeDataTransform(input);

    private protected RowToRowMapperTransform MakeDataTransform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new RowToRowMapperTransform(Host, input, MakeRowMapper(input.Schema), MakeRowMapper);
    }

    private protected abstract IRowMapper MakeRowMapper(DataViewSchema schema);
    private protected abstract void SaveModel(ModelSaveContext ctx);

    /// <summary>The base of their row mappers.</summary>
    private protected abstract class MapperBase : IRowMapper
    {
        protected readonly IHost Host;
        protected readonly DataViewSchema InputSchema;
        protected readonly Lazy<DataViewSchema.DetachedColumn[]> OutputColumns;
        private readonly RowToRowTransformerBase _parent;

        protected MapperBase(IHost host, DataViewSchema inputSchema, RowToRowTransformerBase parent)
        {
            Host = host;
            InputSchema = inputSchema;
            _parent = parent;
            OutputColumns = new Lazy<DataViewSchema.DetachedColumn[]>(GetOutputColumnsCore);
        }

        public ITransformer GetTransformer() => _parent;

        public virtual Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            var getters = new Delegate[OutputColumns.Value.Length];
            disposer = null;
            for (int i = 0; i < getters.Length; i++)
            {
                if (!activeOutput(i))
                    continue;
                getters[i] = MakeGetter(input, i, activeOutput, out Action one);
                disposer += one;
            }
            return getters;
        }

        protected abstract DataViewSchema.DetachedColumn[] GetOutputColumnsCore();
        protected abstract Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer);
        private protected abstract Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput);
        private protected abstract void SaveModel(ModelSaveContext ctx);
        DataViewSchema.DetachedColumn[] IRowMapper.GetOutputColumns() => OutputColumns.Value;

        Func<int, bool> IRowMapper.GetDependencies(Func<int, bool> activeOutput) => GetDependenciesCore(activeOutput);

        void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);
    }
}
