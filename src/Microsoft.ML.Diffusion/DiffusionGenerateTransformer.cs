using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(DiffusionGenerateTransformer), null, typeof(SignatureLoadModel), DiffusionGenerateTransformer.UserName, DiffusionGenerateTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="DiffusionGenerateEstimator"/> or a <see cref="MaskedDiffusionEstimator"/>:
/// writes a text after each row's prompt.
/// </summary>
/// <inheritdoc/>
public sealed partial class DiffusionGenerateTransformer : ModelTransformerBase<MaskedLanguageModel>
{
    internal const string UserName = "Masked-diffusion text generator";
    internal const string LoaderSignature = "DiffusionGenerate";

    /// <summary>Makes a transformer, which lets go of the model when it is disposed.</summary>
    internal DiffusionGenerateTransformer(
        IHostEnvironment env, string outputColumnName, string inputColumnName, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer, GenerationSettings settings,
        string? traceColumnName)
        : base(env.Register(nameof(DiffusionGenerateTransformer)), model, tokenizer) =>
        (OutputColumnName, InputColumnName, Settings, TraceColumnName) = (outputColumnName, inputColumnName, settings, traceColumnName);

    /// <summary>How texts are written, the seed included.</summary>
    public GenerationSettings Settings { get; }

    /// <summary>The column that is written.</summary>
    public string OutputColumnName { get; }

    /// <summary>The column with the prompts.</summary>
    public string InputColumnName { get; }

    /// <summary>The column of traces, or null.</summary>
    public string? TraceColumnName { get; }

    /// <summary>Writes texts after prompts outside a pipeline: the same texts that <c>Transform</c> gives.</summary>
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

    private protected override string Done => "written";

    private protected override int LargestBatch => 32;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => TraceColumnName is null
        ? [new(OutputColumnName, TextColumns.OutputType(Settings.Samples))]
        : [new(OutputColumnName, TextColumns.OutputType(Settings.Samples)), new(TraceColumnName, TextColumns.OutputType(Settings.Samples))];

    private protected override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) => [TextColumns.Find(Host, schema, InputColumnName, "input")];

    private protected override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed) => new PromptBatch(
        input.GetGetter<ReadOnlyMemory<char>>(TextColumns.Find(Host, input.Schema, InputColumnName, "input")), capacity, Settings.Samples,
        () => CreateWriter(warnsAtOnce: mayNotBeDisposed), TraceColumnName is null ? null : () => new TraceRecorder(Tokenizer));

    private PromptWriter CreateWriter(bool warnsAtOnce = false) => new(Host, HoldModel, Tokenizer, Settings, warnsAtOnce);
}
