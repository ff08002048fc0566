using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.MaskFilling;

/// <summary>
/// Rows of texts whose masks are filled together. It logs a warning for texts that have no mask, were cut, or were repaired.
/// </summary>
internal sealed class MaskBatch : RowBatch
{
    private readonly ModelUse<MaskedLanguageModel> _use;
    private readonly Tokenizer _tokenizer;
    private readonly MaskFillingSettings _settings;
    private readonly bool _warnsAtOnce;
    private readonly ValueGetter<ReadOnlyMemory<char>> _getText;
    private readonly string[] _texts;
    private readonly FilledText[] _filled;
    private ModelDenoiser? _denoiser; // created late: prediction engines request the getters of all columns and may use none
    private MaskFiller? _filler;
    private long _rows, _withoutMask, _cut, _cutMasks, _loneSurrogates;
    private bool _disposed;

    /// <summary>Creates a batch.</summary>
    /// <param name="use">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="settings">How masks are filled.</param>
    /// <param name="getText">Returns the input's current text.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="warnsAtOnce">Whether the first odd text is logged immediately, for a batch that may never be disposed.</param>
    public MaskBatch(
        ModelUse<MaskedLanguageModel> use, Tokenizer tokenizer, MaskFillingSettings settings, ValueGetter<ReadOnlyMemory<char>> getText,
        int capacity, bool warnsAtOnce)
    {
        (_use, _tokenizer, _settings, _getText, _warnsAtOnce) = (use, tokenizer, settings, getText, warnsAtOnce);
        (_texts, _filled) = (new string[capacity], new FilledText[capacity]);
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> text = default;
        _getText(ref text);
        _texts[slot] = text.ToString();
    }

    public override int Compute(int first, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<FilledText> filled = _use.Run((model, cancellationToken) =>
        {
            _denoiser ??= new ModelDenoiser(model, _tokenizer.MaskToken);
            _filler ??= new MaskFiller(_denoiser, _tokenizer, _settings);
            return _filler.Fill(_texts[first..(first + count)], cancellationToken);
        });
        bool warned = HasOddTexts;
        for (int i = 0; i < count; i++)
            Count(_filled[first + i] = filled[i]);
        if (_warnsAtOnce && !warned)
            Warn();
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => column switch
    {
        0 => MakeGetter(slot, candidate => candidate.Text.AsMemory()),
        1 => MakeGetter(slot, candidate => (float)candidate.Probability),
        _ => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _filled[slot()].Text.AsMemory()),
    };

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_warnsAtOnce)
            Warn();
        _denoiser?.Dispose();
    }

    /// <summary>A vector of all candidates of the first mask, then of the second, and so on.</summary>
    private ValueGetter<VBuffer<TItem>> MakeGetter<TItem>(Func<int> slot, Func<MaskCandidate, TItem> of) => (ref VBuffer<TItem> value) =>
        VectorValue.Copy([.. _filled[slot()].Masks.SelectMany(mask => mask.Candidates)], of, ref value);

    private void Count(FilledText text)
    {
        _rows++;
        _withoutMask += text.Masks.Count == 0 && text.CutMasks == 0 ? 1 : 0;
        _cut += text.IsCut ? 1 : 0;
        _cutMasks += text.CutMasks;
        _loneSurrogates += text.LoneSurrogates;
    }

    /// <summary>Whether there is something to warn about.</summary>
    private bool HasOddTexts => _withoutMask > 0 || _cut > 0 || _loneSurrogates > 0;

    private void Warn()
    {
        if (!HasOddTexts)
            return;
        using IChannel channel = _use.Host.Start("FillMask");
        if (_withoutMask > 0)
            channel.Warning("{0} of {1} texts have no mask, which is spelled {2} for this model; they get no candidates.",
                _withoutMask, _rows, _tokenizer.Spell(_tokenizer.MaskToken));
        if (_cut > 0)
            channel.Warning("{0} of {1} texts were longer than {2} tokens; the end of each was cut, and with it {3} masks, which get no " +
                "candidates.", _cut, _rows, _settings.MaxLength, _cutMasks);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} texts were read as U+FFFD.", _loneSurrogates, _rows);
        if (_warnsAtOnce)
            channel.Warning("Further texts like this are not logged for the same prediction engine or cursor.");
    }
}
