using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(InfillTransformer), null, typeof(SignatureLoadModel), InfillTransformer.UserName, InfillTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary><see cref="ITransformer"/> resulting from fitting an <see cref="InfillEstimator"/>: fills the gaps of each row's text.</summary>
/// <inheritdoc/>
public sealed partial class InfillTransformer : ModelTransformerBase<MaskedLanguageModel>
{
    internal const string UserName = "Masked-diffusion infilling";
    internal const string LoaderSignature = "Infill";

    /// <summary>Makes a transformer, which lets go of the model when it is disposed.</summary>
    internal InfillTransformer(
        IHostEnvironment env, string outputColumnName, string inputColumnName, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer, InfillingSettings settings,
        string? traceColumnName)
        : base(env.Register(nameof(InfillTransformer)), model, tokenizer) =>
        (OutputColumnName, InputColumnName, Settings, TraceColumnName) = (outputColumnName, inputColumnName, settings, traceColumnName);

    /// <summary>How gaps are filled, the seed included.</summary>
    public InfillingSettings Settings { get; }

    /// <summary>The column that is written.</summary>
    public string OutputColumnName { get; }

    /// <summary>The column with the templates.</summary>
    public string InputColumnName { get; }

    /// <summary>The column of traces, or null. A text that nothing was written in has an empty one.</summary>
    public string? TraceColumnName { get; }

    /// <summary>Fills templates outside a pipeline: the same texts that <c>Transform</c> gives, and what is known of them.</summary>
    /// <param name="templates">The templates, as <see cref="TextTemplate.Parse"/> reads them.</param>
    /// <param name="observer">Sees every denoising step.</param>
    /// <param name="cancellationToken">Looked at all along, as is <c>MLContext.CancelExecution</c>.</param>
    /// <returns>Samples texts for each template, template by template.</returns>
    /// <exception cref="ArgumentException">A template cannot be filled, under <see cref="TemplateError.Error"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<InfilledText> Infill(IReadOnlyList<string> templates, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        Host.CheckValue(templates, nameof(templates));
        using GapWriter writer = CreateWriter();
        return writer.Write(templates, observer, cancellationToken);
    }

    private protected override string Done => "infilled";

    private protected override int LargestBatch => 16;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => TraceColumnName is null
        ? [new(OutputColumnName, TextColumns.OutputType(Settings.Samples))]
        : [new(OutputColumnName, TextColumns.OutputType(Settings.Samples)), new(TraceColumnName, TextColumns.OutputType(Settings.Samples))];

    private protected override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) => [TextColumns.Find(Host, schema, InputColumnName, "input")];

    private protected override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed) => new TemplateBatch(
        input.GetGetter<ReadOnlyMemory<char>>(TextColumns.Find(Host, input.Schema, InputColumnName, "input")), capacity, Settings.Samples,
        () => CreateWriter(warnsAtOnce: mayNotBeDisposed), TraceColumnName is null ? null : () => new TraceRecorder(Tokenizer));

    private GapWriter CreateWriter(bool warnsAtOnce = false) => new(Host, HoldModel, Tokenizer, Settings, warnsAtOnce);
}
