using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The base class of transformers that compute with a model: several rows together for cursors that request the added columns, row by row
/// for prediction engines.
/// </summary>
/// <remarks>
/// The transformer may be shared between threads: each cursor and prediction engine computes in its own memory on the one model.
/// Disposing it frees the model once running computations have ended. A prediction engine disposes the transformer too, unless the engine
/// was created with <see cref="PredictionEngineOptions.OwnsTransformer"/> false.
/// </remarks>
/// <typeparam name="TModel">The type of the model.</typeparam>
public abstract class ModelTransformerBase<TModel> : RowToRowTransformerBase, ITransformer, IRowBatchSource, IDisposable
    where TModel : EncoderWithHead
{
    private readonly SharedModel<TModel>.Hold _model;
    private volatile bool _disposed;

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    private protected ModelTransformerBase(IHost host, SharedModel<TModel>.Hold model, Tokenizer tokenizer) : base(host)
    {
        (_model, Tokenizer) = (model, tokenizer);
        Use = new ModelUse<TModel>(host, GetType().Name, HoldModel, () => CancellationToken);
    }

    /// <summary>The model as the cursors use it.</summary>
    private protected ModelUse<TModel> Use { get; }

    /// <summary>The model's tokenizer.</summary>
    private protected Tokenizer Tokenizer { get; }

    /// <summary>The time between two log lines about a cursor's progress.</summary>
    internal TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The number of threads for cursors and prediction engines that are created from now on. The initial value is that of the estimator's
    /// options; for a loaded transformer it is one thread per processor. 0 sets one per processor. Results do not depend on it, and it is
    /// not saved. Transformers of one estimator that share a model share this value too. On a GPU, which has no threads, it is 0 and
    /// setting it has no effect.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public int Threads
    {
        get
        {
            using SharedModel<TModel>.Hold held = HoldModel();
            return held.Model.Engine is CpuEngine engine ? engine.Threads : 0;
        }
        set
        {
            using SharedModel<TModel>.Hold held = HoldModel();
            held.Model.ComputeOn(EngineChoice.Of(Host, value, held.Model.IsQuantized));
        }
    }

    /// <summary>
    /// Cancels the transformer's computations, even during a run of the model: while the token is canceled, cursors, prediction engines
    /// and direct calls fail with an <see cref="OperationCanceledException"/>. The initial value is the token in the estimator's options at
    /// the time of Fit; for a loaded transformer there is none. It may be set at any time and is checked whenever rows are read or
    /// computed. To use the transformer after a cancellation, set another token or <see cref="CancellationToken.None"/>. It is not saved.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// Adds the output columns to the input. Nothing is computed yet: the columns are computed for some rows at a time when a cursor
    /// requests them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or has another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        CheckNotDisposed();
        return new BatchedDataView(Host, this, input, base.Transform(input));
    }

    /// <summary>
    /// Saves the model as a Hugging Face directory, with <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files, which
    /// <see cref="EncoderModel.FromDirectory"/> and other software read. Options, such as the names of columns, are saved in the .zip only.
    /// The save is atomic: after any failure a model that was there is unchanged or completely replaced. Other files are not touched.
    /// </summary>
    /// <param name="directory">The directory; it is created if it does not exist.</param>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public void SaveToDirectory(string directory)
    {
        Host.CheckNonWhiteSpace(directory, nameof(directory));
        using SharedModel<TModel>.Hold held = HoldModel();
        EncoderCheckpoint.Save(held.Model, Tokenizer, directory, held.Model.StoredAs);
    }

    /// <summary>
    /// Calls a function with the transformer's model and tokenizer; the model is not freed before it returns. The function may compute with
    /// a <see cref="Pass"/> of its own, but must not change, keep or dispose the model, which other threads may be using.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TResult WithModel<TResult>(Func<TModel, Tokenizer, TResult> use)
    {
        Host.CheckValue(use, nameof(use));
        using SharedModel<TModel>.Hold held = HoldModel();
        return use(held.Model, Tokenizer);
    }

    /// <summary>Frees the model, unless another transformer of the same estimator still uses it. A second call does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _model.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Keeps the model from being freed while it computes.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    private protected SharedModel<TModel>.Hold HoldModel()
    {
        CheckNotDisposed();
        return _model.Shared.TryHold(out SharedModel<TModel>.Hold? hold) ? hold : throw Disposed();
    }

    /// <summary>The name and version of the saved transformer.</summary>
    private protected abstract VersionInfo Version { get; }

    /// <summary>Writes the transformer's settings, which are everything besides the model.</summary>
    private protected abstract void SaveSettings(ModelSaveContext ctx);

    private protected sealed override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        using SharedModel<TModel>.Hold held = HoldModel();

        // *** Binary format ***
        // the settings
        // the model's files
        // the checksum of all of the above
        SaveSettings(ctx);
        ModelStreams.Save(Host, ctx, held.Model, Tokenizer);
        SavedPart.WriteChecksum(ctx);
    }

    /// <summary>Reads what <see cref="SaveModel"/> wrote.</summary>
    /// <param name="env">The environment.</param>
    /// <param name="ctx">The saved transformer.</param>
    /// <param name="version">The expected version.</param>
    /// <param name="hostName">The name of its host.</param>
    /// <param name="readSettings">Reads what <see cref="SaveSettings"/> wrote.</param>
    /// <param name="loadModel">Loads the model with the head that the transformer needs.</param>
    /// <param name="make">Creates the transformer, which then owns the model; fails if the settings do not fit it.</param>
    /// <exception cref="FormatException">The saved transformer is damaged.</exception>
    private protected static TTransformer Load<TTransformer, TSettings>(
        IHostEnvironment env, ModelLoadContext ctx, VersionInfo version, string hostName, Func<IHost, TSettings> readSettings,
        Func<EncoderModel, Engine, TModel> loadModel, Func<IHost, TSettings, TModel, Tokenizer, TTransformer> make)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(version);
        IHost host = env.Register(hostName);
        TModel? loaded = null;
        try
        {
            bool hasChecksums = SavedPart.Check(ctx);
            TSettings settings = readSettings(host);
            EncoderModel model = ModelStreams.Load(ctx, hasChecksums);
            if (hasChecksums)
                SavedPart.SkipChecksum(ctx);
            Engine engine = EngineChoice.Of(host, threads: 0, model.IsQuantized);
            try
            {
                loaded = loadModel(model, engine);
            }
            catch (Exception exception) when (engine.IsOutOfMemory(exception))
            {
                throw ExhaustedMemory.InLoading(engine, exception);
            }
            return make(host, settings, loaded, model.Tokenizer);
        }
        catch (Exception exception) when (ModelStreams.IsDamage(exception))
        {
            loaded?.Dispose();
            string found = ModelStreams.IsOfTheDisk(exception) ? "cannot be read" : "is damaged and cannot be read";
            throw host.ExceptDecode(exception, $"The saved {version.LoaderSignature} {found}: {exception.Message}");
        }
    }

    /// <summary>The version of one kind of transformer. Version 1 had no checksums.</summary>
    private protected static VersionInfo VersionOf(string modelSignature, string loaderSignature) => new(
        modelSignature: modelSignature,
        verWrittenCur: SavedPart.VersionWithPairs,
        verReadableCur: SavedPart.VersionWithPairs,
        verWeCanReadBack: 0x00010001,
        loaderSignature: loaderSignature,
        loaderAssemblyName: typeof(ModelTransformerBase<>).Assembly.FullName!);

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    /// <inheritdoc cref="IRowBatchSource.Done"/>
    private protected abstract string Done { get; }

    /// <inheritdoc cref="IRowBatchSource.LargestBatch"/>
    private protected abstract int LargestBatch { get; }

    /// <inheritdoc cref="IRowBatchSource.OutputColumns"/>
    private protected abstract DataViewSchema.DetachedColumn[] OutputColumns { get; }

    /// <inheritdoc cref="IRowBatchSource.FindInputs"/>
    private protected abstract IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema);

    /// <inheritdoc cref="IRowBatchSource.CreateBatch"/>
    private protected abstract RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed);

    /// <inheritdoc cref="IRowBatchSource.FindOnnxProblem"/>
    private protected abstract string? FindOnnxProblem();

    /// <inheritdoc cref="IRowBatchSource.SaveAsOnnx"/>
    private protected virtual void SaveAsOnnx(OnnxContext context, DataViewSchema input) =>
        throw Host.ExceptNotSupp($"{GetType().Name} cannot be converted to ONNX: {FindOnnxProblem()}");

    private void CheckNotDisposed()
    {
        if (_disposed)
            throw Disposed();
    }

    private ObjectDisposedException Disposed() => Host.Process(new ObjectDisposedException(
        GetType().Name,
        "The transformer was disposed, perhaps by a prediction engine that owned it. Make engines with PredictionEngineOptions { " +
            "OwnsTransformer = false } to keep it, or load or fit the model again."));

    IDataView ITransformer.Transform(IDataView input) => Transform(input);

    string IRowBatchSource.Done => Done;

    int IRowBatchSource.LargestBatch => LargestBatch;

    TimeSpan IRowBatchSource.ReportInterval => ReportInterval;

    DataViewSchema.DetachedColumn[] IRowBatchSource.OutputColumns => OutputColumns;

    IReadOnlyList<DataViewSchema.Column> IRowBatchSource.FindInputs(DataViewSchema schema) => FindInputs(schema);

    void IRowBatchSource.CheckAlive() => Use.CheckAlive();

    RowBatch IRowBatchSource.CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed)
    {
        CheckNotDisposed(); // fail when the cursor is requested, not later on another thread
        return CreateBatch(input, capacity, mayNotBeDisposed);
    }

    string? IRowBatchSource.FindOnnxProblem() => FindOnnxProblem();

    void IRowBatchSource.SaveAsOnnx(OnnxContext context, DataViewSchema input) => SaveAsOnnx(context, input);

    /// <summary>One row at a time, for prediction engines; all columns of a row are computed once.</summary>
    private sealed class Mapper : MapperBase
    {
        private readonly ModelTransformerBase<TModel> _parent;
        private readonly HashSet<int> _inputs;

        public Mapper(ModelTransformerBase<TModel> parent, DataViewSchema schema) : base(parent.Host.Register("Mapper"), schema, parent)
        {
            _parent = parent;
            _inputs = [.. parent.FindInputs(schema).Select(column => column.Index)];
        }

        public override Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            var getters = new Delegate[OutputColumns.Value.Length];
            disposer = static () => { };
            if (!Enumerable.Range(0, getters.Length).Any(activeOutput))
                return getters;
            _parent.CheckNotDisposed();
            RowBatch batch = _parent.CreateBatch(input, capacity: 1, mayNotBeDisposed: true);
            disposer = batch.Dispose;
            long computed = -1;
            for (int i = 0; i < getters.Length; i++)
            {
                if (activeOutput(i))
                    getters[i] = batch.MakeGetter(i, CurrentSlot);
            }
            return getters;

            int CurrentSlot()
            {
                if (input.Position != computed)
                {
                    computed = -1; // nothing is valid if the computation fails
                    batch.Read(0);
                    batch.Compute(0, 1);
                    computed = input.Position;
                }
                return 0;
            }
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => _parent.OutputColumns;

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer) =>
            throw Host.ExceptNotSupp("Getters are created together; call CreateGetters.");

        private protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput) =>
            Enumerable.Range(0, OutputColumns.Value.Length).Any(activeOutput) ? _inputs.Contains : static _ => false;

        private protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);
    }
}
