using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>Writes texts after prompts; it logs a warning for prompts that were cut.</summary>
internal sealed class PromptWriter : DenoisingWriter<GeneratedText>
{
    private readonly TextGenerator _generator;
    private long _truncated;

    /// <inheritdoc cref="DenoisingWriter{TText}"/>
    public PromptWriter(ModelUse<MaskedLanguageModel> use, Tokenizer tokenizer, GenerationSettings settings, bool warnsAtOnce)
        : base(use, tokenizer.MaskToken, settings.Samples, warnsAtOnce) => _generator = new TextGenerator(Denoiser, tokenizer, settings);

    protected override string Work => "Generate";

    protected override string Inputs => "prompts";

    protected override long BadInputs => _truncated;

    public override string TextOf(GeneratedText text) => text.Text;

    protected override IReadOnlyList<GeneratedText> WriteHeld(
        IReadOnlyList<string> inputs, IDenoisingObserver? observer, CancellationToken cancellationToken) =>
        _generator.Generate(inputs, observer, cancellationToken);

    protected override int Count(GeneratedText text)
    {
        _truncated += text.Truncated ? 1 : 0;
        return text.LoneSurrogates;
    }

    protected override void WarnOfBadInputs(IChannel channel, long inputs) =>
        channel.Warning("{0} of {1} prompts were too long; the end of each was kept because of PromptTooLong = KeepEnd.",
            _truncated, inputs);
}
