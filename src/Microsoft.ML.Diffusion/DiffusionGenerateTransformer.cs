using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(DiffusionGenerateTransformer), null, typeof(SignatureLoadModel), DiffusionGenerateTransformer.UserName, DiffusionGenerateTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="DiffusionGenerateEstimator"/> or a <see cref="MaskedDiffusionEstimator"/>:
/// writes a text after each row's prompt.
/// </summary>
/// <remarks>
/// It may be shared between threads: each cursor and prediction engine computes in memory of its own on the one model. Disposing it
/// frees the model, once those that are just writing have ended; a prediction engine disposes it too unless it was made with
/// <see cref="PredictionEngineOptions.OwnsTransformer"/> false.
/// </remarks>
public sealed partial class DiffusionGenerateTransformer : OneToOneTransformerBase, ITransformer, IDisposable
{
    internal const string UserName = "Masked-diffusion text generator";
    internal const string LoaderSignature = "DiffusionGenerate";

    private readonly SharedModel.Hold _model;
    private readonly Tokenizer _tokenizer;
    private volatile bool _disposed;

    /// <summary>Makes a transformer, which lets go of the model when it is disposed.</summary>
    internal DiffusionGenerateTransformer(
        IHostEnvironment env, string outputColumnName, string inputColumnName, SharedModel.Hold model, Tokenizer tokenizer, GenerationSettings settings)
        : base(env.Register(nameof(DiffusionGenerateTransformer)), (outputColumnName, inputColumnName))
    {
        (_model, _tokenizer, Settings) = (model, tokenizer, settings);
    }

    /// <summary>How texts are written, the seed included.</summary>
    public GenerationSettings Settings { get; }

    /// <summary>The column that is written.</summary>
    public string OutputColumnName => ColumnPairs[0].outputColumnName;

    /// <summary>The column with the prompts.</summary>
    public string InputColumnName => ColumnPairs[0].inputColumnName;

    /// <summary>The time between two lines of Info about how far a cursor has come.</summary>
    internal TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Writes texts after prompts outside a pipeline: the same texts that <see cref="Transform"/> gives.</summary>
    /// <param name="prompts">The prompts; each may be empty.</param>
    /// <param name="observer">Sees every denoising step.</param>
    /// <param name="cancellationToken">Looked at all along, as is <c>MLContext.CancelExecution</c>.</param>
    /// <returns>Samples texts for each prompt, prompt by prompt.</returns>
    /// <exception cref="ArgumentException">A prompt is too long, under <see cref="PromptTooLong.Error"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<GeneratedText> Generate(
        IReadOnlyList<string> prompts, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        Host.CheckValue(prompts, nameof(prompts));
        using PromptWriter writer = CreateWriter();
        return writer.Write(prompts, observer, cancellationToken);
    }

    /// <summary>
    /// The input with the column of texts. Nothing is written yet: texts are, for some rows together, as a cursor asks for them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The column of prompts is missing, or is not text.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        CheckNotDisposed();
        return new GenerationDataView(Host, this, input, base.Transform(input));
    }

    /// <summary>Frees the model, unless another transformer of the same estimator has it too. A second time does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _model.Dispose();
    }

    /// <summary>Writes prompts for one cursor, row or call at a time.</summary>
    internal PromptWriter CreateWriter(bool warnsAtOnce = false) => new(Host, HoldModel, _tokenizer, Settings, warnsAtOnce);

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        if (inputSchema[srcCol].Type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", inputSchema[srcCol].Name, "String", inputSchema[srcCol].Type.ToString()!);
    }

    private SharedModel.Hold HoldModel()
    {
        CheckNotDisposed();
        return _model.Shared.TryHold(out SharedModel.Hold? hold) ? hold : throw Disposed();
    }

    private void CheckNotDisposed()
    {
        if (_disposed)
            throw Disposed();
    }

    private ObjectDisposedException Disposed() => Host.Process(new ObjectDisposedException(
        nameof(DiffusionGenerateTransformer),
        "The transformer was disposed, perhaps by a prediction engine that owned it. Make engines with PredictionEngineOptions { OwnsTransformer = false } to keep it, or load or fit the model again."));

    IDataView ITransformer.Transform(IDataView input) => Transform(input);

    /// <summary>One row at a time, for prediction engines.</summary>
    private sealed class Mapper(DiffusionGenerateTransformer parent, DataViewSchema schema) : OneToOneMapperBase(parent.Host.Register("Mapper"), parent, schema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(parent.OutputColumnName, TextColumns.OutputType(parent.Settings.Samples))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            parent.CheckNotDisposed();
            PromptWriter? writer = null; // prediction engines ask for the getters of all columns, and may use none
            disposer = () => writer?.Dispose();
            ValueGetter<ReadOnlyMemory<char>> getPrompt = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[0]]);
            ReadOnlyMemory<char> prompt = default;
            return RowTexts.MakeGetter(parent.Settings.Samples, () =>
            {
                getPrompt(ref prompt);
                writer ??= parent.CreateWriter(warnsAtOnce: true);
                return new RowTexts(writer.Write([prompt.ToString()]), 0);
            });
        }
    }
}
