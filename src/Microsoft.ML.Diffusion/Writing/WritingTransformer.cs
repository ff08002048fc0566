using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>The base class of transformers that write one or several texts for each row.</summary>
/// <inheritdoc/>
/// <typeparam name="TSettings">The settings for writing.</typeparam>
/// <typeparam name="TText">A written text with its details.</typeparam>
public abstract class WritingTransformer<TSettings, TText> : ModelTransformerBase<MaskedLanguageModel> where TSettings : DenoisingSettings
{
    private readonly WritingColumns _columns;
    private readonly int _samples;

    private protected WritingTransformer(
        IHost host, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer, WritingColumns columns, TSettings settings,
        int samples) : base(host, model, tokenizer) =>
        (_columns, Settings, _samples) = (columns, settings, samples);

    /// <summary>The settings for writing, seed included.</summary>
    public TSettings Settings { get; }

    /// <summary>The output column.</summary>
    public string OutputColumnName => _columns.Output;

    /// <summary>The input column, with prompts or templates.</summary>
    public string InputColumnName => _columns.Input;

    /// <summary>The column of traces, or null. The trace is empty for a text in which nothing was written.</summary>
    public string? TraceColumnName => _columns.Trace;

    private protected sealed override DataViewSchema.DetachedColumn[] OutputColumns => _columns.Added(_samples);

    private protected sealed override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) =>
        [TextColumns.Find(Host, schema, InputColumnName, "input")];

    private protected sealed override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed) =>
        new WritingBatch<TText>(
        input.GetGetter<ReadOnlyMemory<char>>(FindInputs(input.Schema)[0]), capacity, _samples, () => CreateWriter(mayNotBeDisposed),
        TraceColumnName is null ? null : () => new TraceRecorder(Tokenizer));

    private protected sealed override string FindOnnxProblem() =>
        "a text is written in many steps, and each step chooses from what the step before it wrote, which a graph cannot say. SaveOnnx of"
        + " the package Diffusion.ML.Onnx writes one step.";

    /// <summary>The format of the saved transformer.</summary>
    private protected abstract SavedSettings<TSettings> Saved { get; }

    private protected sealed override VersionInfo Version => VersionOf(Saved.ModelSignature, Saved.LoaderSignature);

    private protected sealed override void SaveSettings(ModelSaveContext ctx)
    {
        // the columns; the settings of this kind of writing; the shared settings
        _columns.Save(ctx);
        Saved.Save(ctx, Settings);
        SavedSettings.SaveShared(ctx, Settings);
    }

    /// <summary>Creates a writer, for one thread.</summary>
    private protected abstract DenoisingWriter<TText> CreateWriter(bool warnsAtOnce);

    /// <summary>Writes outside a pipeline.</summary>
    private protected IReadOnlyList<TText> Write(IReadOnlyList<string> inputs, IDenoisingObserver? observer,
        CancellationToken cancellationToken)
    {
        using DenoisingWriter<TText> writer = CreateWriter(warnsAtOnce: false);
        return writer.Write(inputs, observer, cancellationToken);
    }

    /// <summary>Reads a saved transformer.</summary>
    /// <param name="env">The environment.</param>
    /// <param name="ctx">The saved transformer.</param>
    /// <param name="saved">The format of the saved transformer.</param>
    /// <param name="check">Checks the settings.</param>
    /// <param name="lengthOf">Returns the longest sequence of the settings.</param>
    /// <param name="make">Creates the transformer.</param>
    /// <exception cref="FormatException">The saved transformer is damaged.</exception>
    private protected static TTransformer Load<TTransformer>(
        IHostEnvironment env, ModelLoadContext ctx, SavedSettings<TSettings> saved, Action<TSettings> check, Func<TSettings, int> lengthOf,
        Func<WritingColumns, SharedModel<MaskedLanguageModel>.Hold, Tokenizer, TSettings, TTransformer> make) => Load(
            env, ctx, VersionOf(saved.ModelSignature, saved.LoaderSignature), typeof(TTransformer).Name,
            host =>
            {
                WritingColumns columns = WritingColumns.Load(host, ctx, saved.LoaderSignature);
                TSettings settings = saved.Load(ctx)(SavedSettings.LoadShared(ctx));
                check(settings);
                return (Columns: columns, Settings: settings);
            },
            static (model, engine) => model.LoadMaskedLanguageModel(engine),
            (host, read, model, tokenizer) =>
            {
                int length = lengthOf(read.Settings);
                host.CheckDecode(length == model.Configuration.MaxLength,
                    $"The settings' MaxLength is {length} and the model's {model.Configuration.MaxLength}. The file is damaged.");
                return make(read.Columns, SharedModel<MaskedLanguageModel>.Share(model), tokenizer, read.Settings);
            });
}
