using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>
/// Fills templates; it logs a warning for templates that were left unchanged, and for those with a mask token's name where a gap was meant.
/// </summary>
internal sealed class GapWriter : DenoisingWriter<InfilledText>
{
    private readonly Infiller _infiller;
    private readonly string _mask;
    private long _unfilled, _masksForGaps;
    private string? _reason, _maskForGap;

    /// <inheritdoc cref="DenoisingWriter{TText}"/>
    public GapWriter(ModelUse<MaskedLanguageModel> use, Tokenizer tokenizer, InfillingSettings settings, bool warnsAtOnce)
        : base(use, tokenizer.MaskToken, settings.Samples, warnsAtOnce)
    {
        _infiller = new Infiller(Denoiser, tokenizer, settings);
        _mask = tokenizer.Spell(tokenizer.MaskToken);
    }

    protected override string Work => "Infill";

    protected override string Inputs => "templates";

    protected override long BadInputs => _unfilled + _masksForGaps;

    public override string TextOf(InfilledText text) => text.Text;

    public override int RowOf(InfilledText text, int index) => text.Row;

    protected override IReadOnlyList<InfilledText> WriteHeld(IReadOnlyList<string> inputs, IDenoisingObserver? observer,
        CancellationToken cancellationToken) =>
        _infiller.Infill(inputs, observer, cancellationToken);

    protected override int Count(InfilledText text)
    {
        _unfilled += text.Error is null ? 0 : 1;
        _reason ??= text.Error;
        if (text is { Row: < 0, Error: null } && MaskIn(text.Text) is string mask)
        {
            _masksForGaps++;
            _maskForGap ??= mask;
        }
        return text.LoneSurrogates;
    }

    protected override void WarnOfBadInputs(IChannel channel, long inputs)
    {
        if (_unfilled > 0)
            channel.Warning(
                "{0} of {1} templates could not be filled and were left unchanged because of TemplateError = LeaveAsIs. The first: {2}",
                _unfilled, inputs, _reason!);
        if (_masksForGaps > 0)
            channel.Warning(
                "{0} of {1} templates have a mask token's name, such as '{2}', and no gap: the name is plain text in a template, and " +
                "they were left unchanged. Write '{{1}}' for a gap of one token, or use FillMask, in which this model's mask is " +
                "spelled '{3}'.",
                _masksForGaps, inputs, _maskForGap!, _mask);
    }

    /// <summary>The name of a mask token in a text: this model's, or the usual one of another model.</summary>
    private string? MaskIn(string text) =>
        Array.Find([_mask, "[MASK]", "<mask>"], name => text.Contains(name, StringComparison.Ordinal));
}
