using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(DiffusionGenerateTransformer), null, typeof(SignatureLoadModel), DiffusionGenerateTransformer.UserName,
    DiffusionGenerateTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="DiffusionGenerateEstimator"/> or a
/// <see cref="MaskedDiffusionEstimator"/>: writes a text after each row's prompt.
/// </summary>
/// <inheritdoc/>
public sealed class DiffusionGenerateTransformer : WritingTransformer<GenerationSettings, GeneratedText>
{
    internal const string UserName = "Masked-diffusion text generator";
    internal const string LoaderSignature = "DiffusionGenerate";

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    internal DiffusionGenerateTransformer(
        IHostEnvironment env, WritingColumns columns, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer,
        GenerationSettings settings)
        : base(env.Register(nameof(DiffusionGenerateTransformer)), model, tokenizer, columns, settings, settings.Samples)
    {
    }

    /// <summary>Writes texts after prompts outside a pipeline: the same texts as <c>Transform</c>.</summary>
    /// <param name="prompts">The prompts; each may be empty.</param>
    /// <param name="observer">Receives every denoising step.</param>
    /// <param name="cancellationToken">
    /// Checked throughout, like the transformer's <see cref="ModelTransformerBase{TModel}.CancellationToken"/>.
    /// </param>
    /// <returns>The texts of the first prompt, then of the second, and so on: Samples for each.</returns>
    /// <exception cref="ArgumentException">A prompt is too long, under <see cref="PromptTooLong.Error"/>.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<GeneratedText> Generate(
        IReadOnlyList<string> prompts, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        Host.CheckValue(prompts, nameof(prompts));
        return Write(prompts, observer, cancellationToken);
    }

    private protected override string Done => "written";

    private protected override int LargestBatch => 32;

    private protected override DenoisingWriter<GeneratedText> CreateWriter(bool warnsAtOnce) =>
        new PromptWriter(Use, Tokenizer, Settings, warnsAtOnce);

    private protected override SavedSettings<GenerationSettings> Saved => SavedSettings.Generation;

    // Called by reflection because of [assembly: LoadableClass].
    private static DiffusionGenerateTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedSettings.Generation, static settings => settings.Validate(), static settings => settings.MaxLength,
        (columns, model, tokenizer, settings) => new DiffusionGenerateTransformer(env, columns, model, tokenizer, settings));
}
