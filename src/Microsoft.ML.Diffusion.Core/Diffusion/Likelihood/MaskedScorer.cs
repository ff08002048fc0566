using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Host;

namespace Microsoft.ML.Diffusion.Likelihood;

/// <summary>
/// Sums the weighted −log p(token) of masked tokens over many masked copies of sequences, run in ragged batches under a token budget. The
/// mask token has probability 0 (SUBS in MDLM).
/// </summary>
/// <param name="denoiser">Predicts the masked tokens.</param>
/// <param name="tokenBudget">The most tokens in one denoiser batch; a longer copy runs alone.</param>
/// <param name="schedule">
/// Where its rates depend on the token, the rate terms Σ_v p(v)·w(t, v) − w(t, x) are added for each masked token x of a copy at time t;
/// without them the weighted cross-entropy is not a bound. Shi et al. (GenMD4, 2024), equations 11 and 12.
/// </param>
internal sealed class MaskedScorer(IDenoiser denoiser, int tokenBudget, MaskSchedule? schedule = null)
{
    private readonly RaggedTokens _batch = new();
    private readonly List<double> _times = [];
    private readonly List<Asked> _asked = [];
    private readonly List<int> _rows = [];
    private readonly List<double[]> _sums = [];
    private double[] _rates = [];
    private int _ratesOf = -1;
    private bool _broken;

    /// <summary>The sums of each sequence, [sequence][draw].</summary>
    public IReadOnlyList<double[]> Sums => _sums;

    /// <summary>Starts a sequence with a number of draws, each with sum 0.</summary>
    public void Begin(int draws) => _sums.Add(new double[draws]);

    /// <summary>Appends a copy of a sequence for masking. The copies appended before may be run first.</summary>
    /// <param name="sequence">The clean tokens.</param>
    /// <param name="time">The time of the rate terms.</param>
    /// <param name="cancellationToken">Checked before a run of the denoiser.</param>
    public void Copy(ReadOnlySpan<int> sequence, double time = 0, CancellationToken cancellationToken = default)
    {
        if (_batch.Count > 0 && _batch.TokenCount + sequence.Length > tokenBudget)
            Run(cancellationToken);
        _batch.Append(sequence);
        _times.Add(time);
    }

    /// <summary>Masks a position of the last copy.</summary>
    public void Mask(int position) => _batch[_batch.Count - 1][position] = denoiser.MaskToken;

    /// <summary>Masks a position of the last copy, and requests its token's cost; positions must ascend.</summary>
    /// <param name="position">The position.</param>
    /// <param name="weight">The weight of −log p in the draw's sum.</param>
    /// <param name="draw">The draw of the sequence started last.</param>
    /// <param name="rateWeight">The weight of the rate terms.</param>
    public void MaskAndAsk(int position, double weight, int draw, double rateWeight = 1)
    {
        int copy = _batch.Count - 1;
        ref int token = ref _batch[copy][position];
        _rows.Add(_batch.Bounds[copy] + position);
        _asked.Add(new Asked(token, weight, rateWeight, _sums.Count - 1, draw, copy));
        token = denoiser.MaskToken;
    }

    /// <summary>Runs the appended copies.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        if (_broken)
            throw new InvalidOperationException(
                "An earlier run of the denoiser was interrupted, so the sums are incomplete. Make a new estimator.");
        _broken = true;
        if (_rows.Count > 0)
            denoiser.Predict(_batch, CollectionsMarshal.AsSpan(_rows), Consume, cancellationToken);
        _broken = false;
        _batch.Clear();
        _times.Clear();
        _asked.Clear();
        _rows.Clear();
        _ratesOf = -1;
    }

    private void Consume(int first, Span<float> logits)
    {
        int vocabulary = denoiser.VocabularySize;
        for (int i = 0; i * vocabulary < logits.Length; i++)
        {
            Span<float> row = logits.Slice(i * vocabulary, vocabulary);
            Asked asked = _asked[first + i];
            row[denoiser.MaskToken] = float.NegativeInfinity;
            float max = LogitRow.Max(row);
            if (!float.IsFinite(max))
                throw new InvalidOperationException(
                    $"The denoiser gave NaN or infinite logits for sequence {asked.Sequence}, draw {asked.Draw}. The model's weights are " +
                    "damaged or its training diverged: load or train another model.");
            double sum = LogitRow.SumExp(row, max);
            double score = asked.Weight * (Math.Log(sum) + max - row[asked.Target]);
            if (schedule is { DependsOnToken: true })
                score += asked.RateWeight * (MeanRate(row, max, asked.Copy) / sum - _rates[asked.Target]);
            _sums[asked.Sequence][asked.Draw] += score;
        }
    }

    /// <summary>Σ_v exp(logit_v − max)·w(t, v) at the time of a copy.</summary>
    private double MeanRate(ReadOnlySpan<float> row, float max, int copy)
    {
        if (_ratesOf != copy)
        {
            if (_rates.Length != row.Length)
                _rates = new double[row.Length];
            for (int token = 0; token < _rates.Length; token++)
                _rates[token] = schedule!.Weight(_times[copy], token);
            _ratesOf = copy;
        }
        double mean = 0;
        for (int token = 0; token < row.Length; token++)
            mean += Math.Exp(row[token] - max) * _rates[token];
        return mean;
    }

    private readonly record struct Asked(int Target, double Weight, double RateWeight, int Sequence, int Draw, int Copy);
}
