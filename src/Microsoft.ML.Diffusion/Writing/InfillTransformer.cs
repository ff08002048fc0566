using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(InfillTransformer), null, typeof(SignatureLoadModel), InfillTransformer.UserName,
    InfillTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary><see cref="ITransformer"/> resulting from fitting an <see cref="InfillEstimator"/>: fills
/// the gaps of each row's text.</summary>
/// <inheritdoc/>
public sealed class InfillTransformer : WritingTransformer<InfillingSettings, InfilledText>
{
    internal const string UserName = "Masked-diffusion infilling";
    internal const string LoaderSignature = "Infill";

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    internal InfillTransformer(
        IHostEnvironment env, WritingColumns columns, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer,
        InfillingSettings settings)
        : base(env.Register(nameof(InfillTransformer)), model, tokenizer, columns, settings, settings.Samples)
    {
    }

    /// <summary>Fills templates outside a pipeline: the same texts as <c>Transform</c>, with their details.</summary>
    /// <param name="templates">The templates, as <see cref="TextTemplate.Parse"/> reads them.</param>
    /// <param name="observer">Receives every denoising step.</param>
    /// <param name="cancellationToken">
    /// Checked throughout, like the transformer's <see cref="ModelTransformerBase{TModel}.CancellationToken"/>.
    /// </param>
    /// <returns>The texts of the first template, then of the second, and so on: Samples for each.</returns>
    /// <exception cref="ArgumentException">A template cannot be filled, under <see cref="TemplateError.Error"/>.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<InfilledText> Infill(IReadOnlyList<string> templates, IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        Host.CheckValue(templates, nameof(templates));
        return Write(templates, observer, cancellationToken);
    }

    private protected override string Done => "infilled";

    private protected override int LargestBatch => 16;

    private protected override DenoisingWriter<InfilledText> CreateWriter(bool warnsAtOnce) =>
        new GapWriter(Use, Tokenizer, Settings, warnsAtOnce);

    private protected override SavedSettings<InfillingSettings> Saved => SavedSettings.Infilling;

    // Called by reflection because of [assembly: LoadableClass].
    private static InfillTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedSettings.Infilling, static settings => settings.Validate(), static settings => settings.MaxLength,
        (columns, model, tokenizer, settings) => new InfillTransformer(env, columns, model, tokenizer, settings));
}
