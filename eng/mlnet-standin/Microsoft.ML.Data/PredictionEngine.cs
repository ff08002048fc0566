using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The base of engines that score objects one at a time.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly DataViewConstructionUtils.InputRow<TSrc> _inputRow;
    private readonly IRowReadableAs<TDst> _outputRow;
    private readonly Action _disposer;
    private readonly bool _ownsTransformer;
    private bool _disposed;

    private protected PredictionEngineBase(
        IHostEnvironment env,
        ITransformer transformer,
        bool ignoreMissingColumns,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null,
        bool ownsTransformer = true)
    {
        Transformer = transformer;
        Func<DataViewSchema, IRowToRowMapper> makeMapper = TransformerChecker(env, transformer);
        _inputRow = DataViewConstructionUtils.CreateInputRow<TSrc>(env, inputSchemaDefinition);
        _ownsTransformer = ownsTransformer;
        PredictionEngineCore(env, _inputRow, makeMapper(_inputRow.Schema), ignoreMissingColumns, outputSchemaDefinition, out _disposer, out _outputRow);
        OutputSchema = transformer.GetOutputSchema(_inputRow.Schema);
    }

    public DataViewSchema OutputSchema { get; }
    private protected ITransformer Transformer { get; }

    public TDst Predict(TSrc example)
    {
        var result = new TDst();
        Predict(example, ref result);
        return result;
    }

    public abstract void Predict(TSrc example, ref TDst prediction);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _disposer();
        if (_ownsTransformer)
            (Transformer as IDisposable)?.Dispose();
    }

    private protected virtual Func<DataViewSchema, IRowToRowMapper> TransformerChecker(IExceptionContext ectx, ITransformer transformer)
    {
        ectx.CheckValue(transformer, nameof(transformer));
        ectx.CheckParam(transformer.IsRowToRowMapper, nameof(transformer), "Must be a row to row mapper");
        return transformer.GetRowToRowMapper;
    }

    private protected virtual void PredictionEngineCore(
        IHostEnvironment env,
        DataViewConstructionUtils.InputRow<TSrc> inputRow,
        IRowToRowMapper mapper,
        bool ignoreMissingColumns,
        SchemaDefinition outputSchemaDefinition,
        out Action disposer,
        out IRowReadableAs<TDst> outputRow)
    {
        TypedCursorable<TDst> cursorable = TypedCursorable<TDst>.Create(
            env, new EmptyDataView(env, mapper.OutputSchema), ignoreMissingColumns, outputSchemaDefinition);
        outputRow = cursorable.GetRow(mapper.GetRow(inputRow, mapper.OutputSchema));
        disposer = inputRow.Dispose;
    }

    private protected void ExtractValues(TSrc example) => _inputRow.ExtractValues(example);
    private protected void FillValues(TDst prediction) => _outputRow.FillValues(prediction);
}

/// <summary>Scores objects one at a time, on one thread at a time.</summary>
public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst>
    where TSrc : class
    where TDst : class, new()
{
    internal PredictionEngine(
        IHostEnvironment env,
        ITransformer transformer,
        bool ignoreMissingColumns,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null,
        bool ownsTransformer = true)
        : base(env, transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition, ownsTransformer)
    {
    }

    public override void Predict(TSrc example, ref TDst prediction)
    {
        Contracts.CheckValue(example, nameof(example));
        ExtractValues(example);
        prediction ??= new TDst();
        FillValues(prediction);
    }
}

/// <summary>How an engine is made.</summary>
public sealed class PredictionEngineOptions
{
    public bool IgnoreMissingColumns = true;
    public SchemaDefinition InputSchemaDefinition;
    public SchemaDefinition OutputSchemaDefinition;
    public bool OwnsTransformer = true;
}
