using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Infilling;
using Microsoft.ML.Diffusion.Likelihood;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Fills the gaps of texts by denoising the sequence [opening token] text with masks for the gaps [closing token], so that what is written
/// fits both sides. Where gaps may have several lengths, or required words several places, all candidates are denoised in one ragged batch.
/// The one whose gaps have the greatest mean log-probability wins; among equals, the one with the shortest first gap. These are the length
/// candidates of Ghazvininejad et al., "Mask-Predict" (2019), except that there a trained predictor proposes the lengths and here the
/// template does.
/// </summary>
/// <remarks>
/// The template's own text is returned character for character, and each piece is read into the tokens that it has within a text. Where the
/// vocabulary has spaces in its tokens, a space before a gap belongs to the gap's first token, so only tokens that begin a word may be
/// written there. Where a letter stands directly before or after a gap, the gap may continue that word. Special tokens, and ids that the
/// tokenizer lacks, are never written. The result depends only on template, settings and sample number. Not thread-safe.
/// </remarks>
public sealed class Infiller
{
    private readonly IDenoiser _denoiser;
    private readonly Tokenizer _tokenizer;
    private readonly InfillingSettings _settings;
    private readonly DenoisingLoop _loop;
    private readonly GapTokens _gapTokens;
    private readonly PieceEncoder _encoder;
    private readonly RequiredWord[] _words;

    /// <summary>Makes an infiller.</summary>
    /// <param name="denoiser">Predicts the masked tokens; its vocabulary may be larger than the tokenizer's, as padded ones are.</param>
    /// <param name="tokenizer">Reads templates and decodes the result.</param>
    /// <param name="settings">How gaps are filled.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the tokenizer does not fit the denoiser.</exception>
    public Infiller(IDenoiser denoiser, Tokenizer tokenizer, InfillingSettings settings)
    {
        _loop = TextDenoising.CreateLoop(denoiser, tokenizer, settings);
        (_denoiser, _tokenizer, _settings) = (denoiser, tokenizer, settings);
        _gapTokens = new GapTokens(tokenizer, _loop.IsWritable);
        _encoder = new PieceEncoder(tokenizer, _gapTokens);
        _words = [.. settings.RequiredWords.Select(_encoder.ReadWord)];
    }

    /// <summary>Reads templates, and fills each <see cref="InfillingSettings.Samples"/> times.</summary>
    /// <param name="templates">The templates, in the format of <see cref="TextTemplate.Parse"/>. For one without gaps the text that it
    /// stands for is returned, and the denoiser is not run.</param>
    /// <param name="observer">Sees every step; its rows are the candidates of the first template's first sample,
    /// those of its second, and so on.</param>
    /// <param name="cancellationToken">Checked before every step and run of the denoiser, and passed to it.</param>
    /// <returns>The texts of the first template, then of the second, and so on, [templates · Samples].</returns>
    /// <exception cref="ArgumentException">A template cannot be filled and <see cref="InfillingSettings.TemplateError"/> is
    /// <see cref="TemplateError.Error"/>.</exception>
    public IReadOnlyList<InfilledText> Infill(IReadOnlyList<string> templates, IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(templates);
        var prepared = new Prepared[templates.Count];
        for (int i = 0; i < prepared.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(templates[i], $"{nameof(templates)}[{i}]");
            prepared[i] = TextTemplate.TryParse(templates[i], out TextTemplate? template, out string? error) ? Prepare(template)
                : new Prepared { Error = error };
            if (prepared[i].Error is not string reason)
                continue;
            if (_settings.TemplateError == TemplateError.Error)
                throw new ArgumentException(
                    $"Template {i} cannot be filled. {reason} It begins '{templates[i].AsSpan(0, Math.Min(40, templates[i].Length))}'. " +
                    "Set TemplateError = LeaveAsIs to return such templates unchanged.", nameof(templates));
            prepared[i] = new Prepared { Unfilled = templates[i], Error = reason };
        }
        return Fill(prepared, observer, cancellationToken);
    }

    private Prepared Prepare(TextTemplate template)
    {
        int loneSurrogates = 0, last = template.Gaps.Count;
        TextGap ofSettings = new(_settings.ShortestGap, _settings.LongestGap);
        TextGap[] gaps = [.. template.Gaps.Select(gap => gap == TextGap.Default ? ofSettings : gap)];
        if (gaps.Length == 0)
        {
            return _words.Length == 0
                ? new Prepared { Unfilled = template.Pieces[0] }
                : new Prepared { Error =
                    $"It has no gap for the {_words.Length} RequiredWords. Add a gap, such as '{{5}}' or '{{}}', or leave " +
                    $"RequiredWords empty." };
        }
        var pieces = new TemplatePiece?[template.Pieces.Count];
        for (int i = 0; i < pieces.Length; i++)
            pieces[i] = template.Pieces[i].Length == 0 ? null : _encoder.Read(template.Pieces[i], i == 0, i == last, ref loneSurrogates);
        TokenizedTemplate tokenized = new(pieces, gaps, _words);
        long shortest = gaps.Sum(gap => (long)gap.Shortest), room = _settings.MaxLength - 2L - tokenized.PieceTokens;
        if (shortest > room)
            return new Prepared { Error =
                $"Its text has {tokenized.PieceTokens} tokens and its gaps at least {shortest}, but there is room for " +
                $"{_settings.MaxLength - 2} (MaxLength {_settings.MaxLength}, less 2). Shorten it." };
        long needed = _words.Sum(word => (long)Math.Min(word.Tokens.Length, word.BareTokens.Length)),
            most = Math.Min(room, gaps.Sum(gap => (long)gap.Longest));
        if (needed > most)
            return new Prepared { Error =
                $"The RequiredWords have {needed} tokens, but its gaps have room for {most} at most. Make the gaps longer, or " +
                $"require fewer words." };
        IReadOnlyList<InfillCandidate> candidates = InfillCandidates.Choose(tokenized, (int)room, _settings.MaxCandidates);
        if (candidates.Count == 0)
            return new Prepared { Error =
                $"No way was found to place the RequiredWords, of {string.Join(", ", _words.Select(word => word.Tokens.Length))} tokens, " +
                $"in its gaps {string.Join("", gaps)} as whole words. Make the gaps longer, leave a space after a gap where a word " +
                $"follows, or require fewer words." };
        return new Prepared
        {
            Rows = [.. candidates.Select(candidate => new InfillRow(tokenized, candidate, _tokenizer, _gapTokens))],
            LoneSurrogates = loneSurrogates
        };
    }

    private InfilledText[] Fill(Prepared[] templates, IDenoisingObserver? observer, CancellationToken cancellationToken)
    {
        RaggedTokens rows = new();
        List<InfillRow> plans = [];
        List<int> samples = [];
        foreach (Prepared template in templates)
        {
            for (int sample = 0; sample < _settings.Samples; sample++)
            {
                foreach (InfillRow row in template.Rows)
                {
                    rows.Append(row.Tokens);
                    plans.Add(row);
                    samples.Add(sample);
                }
            }
        }
        var calls = new int[rows.Count];
        var means = new double[rows.Count];
        ScoreWords(templates, cancellationToken);
        _loop.Run(rows, samples: [.. samples], calls: calls, logProbabilities: means, observer: observer,
            allowed: (row, position) => plans[row].Allowed(position), cancellationToken: cancellationToken);

        var texts = new InfilledText[templates.Length * _settings.Samples];
        int first = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            Prepared template = templates[i / _settings.Samples];
            int count = template.Rows.Length;
            if (template.Unfilled is string unfilled)
            {
                texts[i] = new InfilledText(unfilled, [], 0, 0, 0, 0, -1, template.Error);
                continue;
            }
            (int best, double bestMean) = (0, double.NegativeInfinity);
            for (int j = 0; j < count; j++)
            {
                InfillRow row = template.Rows[j];
                double mean = row.WordPositions.Count == 0 ? means[first + j]
                    : (means[first + j] * row.MaskCount + template.WordScores[j]) / (row.MaskCount + row.WordPositions.Count);
                if (mean > bestMean)
                    (best, bestMean) = (j, mean);
            }
            int called = calls.AsSpan(first, count).ToArray()
                .Sum() + (i % _settings.Samples == 0 ? template.Rows.Sum(row => row.WordPositions.Count) : 0);
            (string text, FilledGap[] gaps) = template.Rows[best].Compose(rows[first + best]);
            texts[i] = new InfilledText(text, gaps, bestMean, count, called, template.LoneSurrogates, first + best);
            first += count;
        }
        return texts;
    }

    // The log-likelihood of each candidate's required words before anything else is written, token by token from left to right. Together
    // with the loop's log-probabilities of the other tokens it is the log-likelihood of the gaps in that order.
    private void ScoreWords(Prepared[] templates, CancellationToken cancellationToken)
    {
        if (_words.Length == 0)
            return;
        var scorer = new MaskedScorer(_denoiser, _settings.TokenBudget);
        foreach (InfillRow row in templates.SelectMany(template => template.Rows))
        {
            scorer.Begin(1);
            for (int i = 0; i < row.WordPositions.Count; i++)
            {
                scorer.Copy(row.Tokens, cancellationToken: cancellationToken);
                scorer.MaskAndAsk(row.WordPositions[i], 1, 0);
                foreach (int later in row.WordPositions.Skip(i + 1))
                    scorer.Mask(later);
            }
        }
        scorer.Run(cancellationToken);
        int next = 0;
        foreach (Prepared template in templates)
            template.WordScores = [.. template.Rows.Select(_ => -scorer.Sums[next++][0])];
    }

    /// <summary>A parsed template: the rows of its candidates, or why there are none.</summary>
    private sealed class Prepared
    {
        public InfillRow[] Rows { get; init; } = [];

        /// <summary>The result where nothing is written.</summary>
        public string? Unfilled { get; init; }

        public string? Error { get; init; }

        public int LoneSurrogates { get; init; }

        /// <summary>The log-probability of the required words in each row, nats.</summary>
        public double[] WordScores { get; set; } = [];
    }
}
