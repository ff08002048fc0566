using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Host;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.MaskFilling;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Predicts the tokens behind the masks of texts: BERT's own training task (Devlin et al., 2018), and one step of denoising. Each mask is
/// predicted by itself, while the others of its text stay masks; to write several that fit each other, use <see cref="Infiller"/>.
/// </summary>
/// <remarks>
/// A mask is spelled as the tokenizer's mask token, such as <c>[MASK]</c> or <c>&lt;mask&gt;</c>; the names of other special tokens are
/// plain text. Candidates and probabilities of a text do not depend on the other texts, bit for bit. Not thread-safe.
/// </remarks>
public sealed class MaskFiller
{
    private static readonly Comparer<(float Logit, int Id)> s_worstFirst = Comparer<(float Logit, int Id)>.Create(
        static (x, y) => x.Logit != y.Logit ? x.Logit.CompareTo(y.Logit) : y.Id.CompareTo(x.Id));

    private readonly IDenoiser _denoiser;
    private readonly Tokenizer _tokenizer;
    private readonly MaskFillingSettings _settings;
    private readonly int[] _ranked;
    private readonly int _count;
    private readonly TokenList _tokens = new();
    private readonly RaggedTokens _batch = new();
    private readonly List<int> _rows = [];

    /// <summary>Makes a filler.</summary>
    /// <param name="denoiser">Predicts the masked tokens; its vocabulary may be larger than the tokenizer's, as padded ones are.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="settings">How masks are filled.</param>
    /// <exception cref="ArgumentException">
    /// A setting is out of range, a target is not one token, or the tokenizer does not fit the denoiser.
    /// </exception>
    public MaskFiller(IDenoiser denoiser, Tokenizer tokenizer, MaskFillingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(settings);
        TextDenoising.CheckTokenizer(denoiser, tokenizer);
        _ranked = settings.FindRanked(tokenizer);
        (_denoiser, _tokenizer, _settings, _count) = (denoiser, tokenizer, settings, Math.Min(settings.TopK, _ranked.Length));
    }

    /// <summary>Fills the masks of texts. The model runs once for each batch of texts; texts without a mask cost nothing.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Checked between texts, and passed to the denoiser.</param>
    /// <returns>The filled texts, in order.</returns>
    /// <exception cref="ArithmeticException">A logit is NaN, or all are infinite: the model's weights are damaged.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public IReadOnlyList<FilledText> Fill(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var sequences = new MaskedSequence[texts.Count];
        for (int i = 0; i < sequences.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArgumentNullException.ThrowIfNull(texts[i], $"{nameof(texts)}[{i}]");
            sequences[i] = new MaskedSequence(_tokenizer, texts[i], _settings.MaxLength, _tokens);
        }
        var candidates = new MaskCandidate[sequences.Sum(sequence => sequence.Masks)][];
        int done = 0;
        Begin();
        foreach (MaskedSequence sequence in sequences.Where(sequence => sequence.Masks > 0))
        {
            if (_batch.Count > 0 && _batch.TokenCount + sequence.Tokens.Length > _settings.TokenBudget)
                Run();
            _rows.AddRange(sequence.Positions.Select(position => _batch.TokenCount + position));
            _batch.Append(sequence.Tokens);
        }
        if (_batch.Count > 0)
            Run();

        var filled = new FilledText[sequences.Length];
        for (int i = 0, first = 0; i < filled.Length; first += sequences[i].Masks, i++)
            filled[i] = sequences[i].Fill(_tokenizer, candidates.AsSpan(first, sequences[i].Masks));
        return filled;

        void Run()
        {
            _denoiser.Predict(_batch, CollectionsMarshal.AsSpan(_rows), (first, logits) =>
            {
                for (int size = _denoiser.VocabularySize; logits.Length > 0; logits = logits[size..])
                    candidates[done++] = Rank(logits[..size]);
            }, cancellationToken);
            Begin();
        }
    }

    private void Begin()
    {
        _batch.Clear();
        _rows.Clear();
    }

    /// <summary>The most probable tokens of one row of logits.</summary>
    private MaskCandidate[] Rank(ReadOnlySpan<float> logits)
    {
        float max = LogitRow.Max(logits);
        if (!float.IsFinite(max))
            throw new ArithmeticException(
                $"The greatest logit of a mask is {max}; expected a finite number. The model's weights are damaged, or its training " +
                "diverged: load or train another model.");
        double sum = LogitRow.SumExp(logits, max);
        // The worst of the best so far is the first to leave.
        var best = new PriorityQueue<int, (float Logit, int Id)>(s_worstFirst);
        foreach (int id in _ranked)
        {
            if (best.Count < _count)
                best.Enqueue(id, (logits[id], id));
            else
                best.EnqueueDequeue(id, (logits[id], id));
        }
        var candidates = new MaskCandidate[_count];
        for (int i = _count - 1; i >= 0; i--)
        {
            int id = best.Dequeue();
            string text = _tokenizer.IsSpecial(id) ? _tokenizer.Spell(id) : _tokenizer.Decode([id]);
            if (text.Contains('\uFFFD')) // a part of a character, which only the vocabulary's spelling tells from others
                text = _tokenizer.Spell(id);
            candidates[i] = new MaskCandidate(text, id, Math.Exp(logits[id] - max) / sum);
        }
        return candidates;
    }
}
