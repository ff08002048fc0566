using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>Fills templates; it logs a warning for templates that were left unchanged.</summary>
internal sealed class GapWriter : DenoisingWriter<InfilledText>
{
    private readonly Infiller _infiller;
    private long _unfilled;
    private string? _reason;

    /// <inheritdoc cref="DenoisingWriter{TText}"/>
    public GapWriter(ModelUse<MaskedLanguageModel> use, Tokenizer tokenizer, InfillingSettings settings, bool warnsAtOnce)
        : base(use, tokenizer.MaskToken, settings.Samples, warnsAtOnce) => _infiller = new Infiller(Denoiser, tokenizer, settings);

    protected override string Work => "Infill";

    protected override string Inputs => "templates";

    protected override long BadInputs => _unfilled;

    public override string TextOf(InfilledText text) => text.Text;

    public override int RowOf(InfilledText text, int index) => text.Row;

    protected override IReadOnlyList<InfilledText> WriteHeld(IReadOnlyList<string> inputs, IDenoisingObserver? observer,
        CancellationToken cancellationToken) =>
        _infiller.Infill(inputs, observer, cancellationToken);

    protected override int Count(InfilledText text)
    {
        _unfilled += text.Error is null ? 0 : 1;
        _reason ??= text.Error;
        return text.LoneSurrogates;
    }

    protected override void WarnOfBadInputs(IChannel channel, long inputs) =>
        channel.Warning(
            "{0} of {1} templates could not be filled and were left unchanged because of TemplateError = LeaveAsIs. The first: {2}",
            _unfilled, inputs, _reason!);
}
