using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>
/// Labels the words of rows for one thread at a time. It has its own classifier on the shared model, holds the model only while it labels,
/// and warns of words that were cut or repaired.
/// </summary>
internal sealed class WordLabeler : IDisposable
{
    private readonly ModelUse<TaskModel> _use;
    private readonly bool _warnsAtOnce;
    private readonly TokenClassifier _classifier;
    private readonly TagScheme _scheme;
    private long _texts;
    private long _loneSurrogates;
    private bool _warned;
    private bool _disposed;

    /// <summary>Creates a labeler.</summary>
    /// <param name="use">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">The labeling options.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first cut or repaired word is logged immediately, for a labeler that may never be disposed. Otherwise the warning is
    /// logged at the disposal, with counts.
    /// </param>
    public WordLabeler(ModelUse<TaskModel> use, Tokenizer tokenizer, TokenClassifierOptions options, bool warnsAtOnce)
    {
        (_use, _warnsAtOnce) = (use, warnsAtOnce);
        using SharedModel<TaskModel>.Hold held = use.Hold();
        _classifier = new TokenClassifier(held.Model, tokenizer, options);
        _scheme = TagScheme.Of(_classifier.Labels);
    }

    /// <summary>Labels the words of some texts.</summary>
    /// <exception cref="OperationCanceledException">The labeling was canceled.</exception>
    public LabeledWords[] Label(IReadOnlyList<WordSequence> texts)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        WordLabels[] labels = _use.Run((_, cancellationToken) => _classifier.Predict(texts, cancellationToken));
        _texts += texts.Count;
        _loneSurrogates += texts.Sum(text => (long)text.LoneSurrogates);
        if (_warnsAtOnce && !_warned)
            Warn();
        return [.. labels.Select((row, i) => new LabeledWords(texts[i], row, _classifier.Labels, _scheme))];
    }

    /// <summary>Frees the classifier's memory, and logs the warning.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _classifier.Dispose();
        if (!_warnsAtOnce)
            Warn();
    }

    private void Warn()
    {
        _warned = _classifier.CutWords > 0 || _loneSurrogates > 0;
        if (!_warned)
            return;
        using IChannel channel = _use.Host.Start("Label");
        if (_classifier.CutWords > 0)
            channel.Warning("{0} words in {1} texts have more pieces than the model takes at once; the first pieces of each were read.",
                _classifier.CutWords, _texts);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} texts were read as U+FFFD.", _loneSurrogates, _texts);
        if (_warnsAtOnce)
            channel.Warning("Further texts like this are not logged for the same prediction engine or cursor.");
    }
}
