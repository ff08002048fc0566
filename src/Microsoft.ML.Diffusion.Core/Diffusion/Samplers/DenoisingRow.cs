using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// A row while it is denoised, as samplers see it: the positions to write, the part of them (all, or a block) that is being worked on, and
/// the clock of that part. Its noise is keyed by the seed, its initial tokens and the sample number; its index in the batch does not
/// matter.
/// </summary>
internal sealed class DenoisingRow
{
    private const ulong KeyTag = 0x64656E6F697365; // "denoise"

    private readonly int _maskToken;
    private readonly int[] _positions;
    private readonly int[] _masked;
    private readonly Proposal[] _asked;
    private readonly double[] _logProbabilities;
    private readonly int[] _written;
    private readonly double[] _writtenLogProbabilities;
    private int _partStart;
    private int _partEnd;
    private int _partFirstStep;
    private int _maskedCount;
    private int _askedCount;
    private int _writtenCount;
    private int _textLength;
    private MaskSchedule _schedule = MaskSchedule.Linear;

    public DenoisingRow(int index, ReadOnlySpan<int> tokens, int leading, int maskToken, IDraws draws)
    {
        (Index, Tokens, _maskToken, Draws) = (index, tokens.ToArray(), maskToken, draws);
        int count = tokens[leading..].Count(maskToken);
        (_positions, _masked, _asked, _logProbabilities) = (new int[count], new int[count], new Proposal[count], new double[count]);
        (_written, _writtenLogProbabilities) = (new int[count], new double[count]);
        (Ranking, _textLength) = (new Ranking(count), count);
        for (int i = leading, at = 0; at < count; i++)
        {
            if (tokens[i] == maskToken)
                _positions[at++] = i;
        }
    }

    /// <summary>The row's index among those given to the loop.</summary>
    public int Index { get; }

    public int[] Tokens { get; }

    public IDraws Draws { get; }

    /// <summary>Scratch space in which the sampler ranks positions; empty when a step begins.</summary>
    public Ranking Ranking { get; }

    /// <summary>The initial masks, ascending: the positions that may be written, and masked again.</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>The part of <see cref="Positions"/> that is being worked on.</summary>
    public ReadOnlySpan<int> Part => _positions.AsSpan(_partStart.._partEnd);

    /// <summary>The number of <see cref="Positions"/> before the end of <see cref="Part"/>.</summary>
    public int PartEnd => _partEnd;

    /// <summary>The positions of the part that were masks when the step began, ascending.</summary>
    public ReadOnlySpan<int> Masked => _masked.AsSpan(0, _maskedCount);

    /// <summary>The positions requested at this step, with the denoiser's proposal for each.</summary>
    public Span<Proposal> Asked => _asked.AsSpan(0, _askedCount);

    /// <summary>The positions written at this step.</summary>
    public ReadOnlySpan<int> Written => _written.AsSpan(0, _writtenCount);

    /// <summary>The log-probabilities of the tokens written at this step, if they are needed.</summary>
    public ReadOnlySpan<double> WrittenLogProbabilities => _writtenLogProbabilities.AsSpan(0, _writtenCount);

    /// <summary>The number of the step, from 1; noise is counted by it.</summary>
    public int Step { get; private set; }

    /// <summary>The most steps for the row.</summary>
    public int Steps { get; set; }

    /// <summary>The number of the step in the part, from 1 to <see cref="PartSteps"/>.</summary>
    public int PartStep => Step - _partFirstStep + 1;

    /// <summary>The most steps for the part.</summary>
    public int PartSteps { get; private set; }

    /// <summary>t, where the step begins: from 1 at the part's first step.</summary>
    public double Time => (PartSteps - PartStep + 1.0) / PartSteps;

    /// <summary>s, where the step ends: 0 at the part's last step.</summary>
    public double NextTime => (double)(PartSteps - PartStep) / PartSteps;

    /// <summary>1 − α(t), where the step begins; 1 at the part's first step, when all of it is masked.</summary>
    public double MaskRate { get; private set; }

    /// <summary>1 − α(s), where the step ends; 0 at the part's last.</summary>
    public double NextMaskRate { get; private set; }

    /// <summary>(α(s) − α(t)) / (1 − α(t)), the probability that a mask is written in the step.</summary>
    public double UnmaskProbability => (MaskRate - NextMaskRate) / MaskRate;

    /// <summary>Whether the schedule's rates depend on the token: see <see cref="UnmaskProbabilityOf"/>.</summary>
    public bool RatesDependOnToken => _schedule.DependsOnToken;

    /// <summary>The number of times the denoiser ran the row.</summary>
    public int Calls { get; set; }

    /// <summary>The mean over <see cref="Positions"/>, up to the end of the text, of the log-probabilities of their tokens,
    /// each from the step that wrote it.</summary>
    public double MeanLogProbability => _logProbabilities.Take(_textLength).Average();

    /// <summary>The key of a row's noise.</summary>
    public static ulong Key(ulong seed, ReadOnlySpan<int> tokens, int sample)
    {
        ulong key = Philox.Mix(Philox.Mix(seed, KeyTag), (ulong)tokens.Length);
        foreach (int token in tokens)
            key = Philox.Mix(key, (ulong)token);
        return Philox.Mix(key, (ulong)sample);
    }

    /// <summary>From the next step on, works on Positions[<paramref name="start"/> .. <paramref name="end"/>] in at most
    /// <paramref name="steps"/> steps.</summary>
    public void EnterPart(int start, int end, int steps)
    {
        (_partStart, _partEnd, PartSteps, _partFirstStep) = (start, end, steps, Step + 1);
        FindMasks();
    }

    /// <summary>Begins a step.</summary>
    public void Begin(int step, Sampler sampler, MaskSchedule schedule)
    {
        (Step, _schedule) = (step, schedule);
        MaskRate = sampler.MaskRate(schedule, Time);
        NextMaskRate = sampler.MaskRate(schedule, NextTime);
        (_askedCount, _writtenCount) = (0, 0);
        Ranking.Clear();
    }

    public bool IsMasked(int position) => Tokens[position] == _maskToken;

    /// <summary>True with a probability; the answer is the same within a step.</summary>
    public bool Happens(int position, double probability) => Draws.Happens(Step, position, probability);

    /// <summary>
    /// (α(s, v) − α(t, v)) / (1 − α(t, v)), the probability that a mask with the token v is written in the step; 1 at the part's last step.
    /// </summary>
    public double UnmaskProbabilityOf(int token) => NextMaskRate == 0 ? 1 : _schedule.UnmaskProbability(Time, NextTime, token);

    /// <summary>Requests a masked position; positions must ascend.</summary>
    public void Ask(int position) => _asked[_askedCount++] = new Proposal { Position = position };

    /// <summary>Writes the proposal at an index of <see cref="Asked"/>.</summary>
    public void Accept(int index) => Write(_asked[index].Position, _asked[index].Token, _asked[index].LogProbability);

    public void Write(int position, int token, double logProbability)
    {
        Tokens[position] = token;
        _logProbabilities[_positions.AsSpan().BinarySearch(position)] = logProbability;
        (_written[_writtenCount], _writtenLogProbabilities[_writtenCount]) = (position, logProbability);
        _writtenCount++;
    }

    public void Remask(int position) => Tokens[position] = _maskToken;

    /// <summary>
    /// The log-probability of the token at one of <see cref="Positions"/>, from the step that wrote it, if the sampler needs it.
    /// </summary>
    public double LogProbability(int position) => _logProbabilities[_positions.AsSpan().BinarySearch(position)];

    /// <summary>The number of <see cref="Positions"/> before one of them.</summary>
    public int Ordinal(int position) => _positions.AsSpan().BinarySearch(position);

    /// <summary>Records the positions written and masked in the step.</summary>
    public void FindMasks()
    {
        _maskedCount = 0;
        foreach (int position in Part)
        {
            if (IsMasked(position))
                _masked[_maskedCount++] = position;
        }
    }

    /// <summary>
    /// If the text has ended, with all positions before the end written: fills the rest with the end token, which is not part of the text,
    /// and returns true.
    /// </summary>
    public bool TryEnd(int endOfText)
    {
        int end = 0;
        while (end < _positions.Length && Tokens[_positions[end]] != endOfText)
        {
            if (IsMasked(_positions[end++]))
                return false;
        }
        if (end == _positions.Length)
            return false;
        _textLength = end + 1;
        for (int i = _textLength; i < _positions.Length; i++)
            Tokens[_positions[i]] = endOfText;
        return true;
    }
}
