using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>What the denoiser proposes for a masked position.</summary>
internal struct Proposal
{
    public int Position;
    public int Token;

    /// <summary>The greatest probability of the position's distribution.</summary>
    public double Confidence;

    /// <summary>For the sampler's own use.</summary>
    public double Score;
}

/// <summary>
/// A row on its way from masks to text, as samplers see it. Its noise is keyed by the seed, the tokens it began with and the number of
/// the sample, and counted by step and position: where the row stands in a batch plays no part.
/// </summary>
internal sealed class DenoisingRow
{
    private const ulong KeyTag = 0x64656E6F697365; // "denoise"

    private readonly ulong _key;
    private readonly int _maskToken;
    private readonly int[] _masked;
    private readonly Proposal[] _asked;
    private int _maskedCount;
    private int _askedCount;

    public DenoisingRow(int index, ReadOnlySpan<int> tokens, int leading, int maskToken, ulong seed, int sample)
    {
        (Index, Tokens, _maskToken) = (index, tokens.ToArray(), maskToken);
        _key = Philox.Mix(Philox.Mix(seed, KeyTag), (ulong)tokens.Length);
        foreach (int token in tokens)
            _key = Philox.Mix(_key, (ulong)token);
        _key = Philox.Mix(_key, (ulong)sample);
        _maskedCount = InitialMasks = tokens[leading..].Count(maskToken);
        _masked = new int[InitialMasks];
        _asked = new Proposal[InitialMasks];
        for (int i = leading, at = 0; at < InitialMasks; i++)
        {
            if (tokens[i] == maskToken)
                _masked[at++] = i;
        }
    }

    /// <summary>Where the row stands among those given to the loop.</summary>
    public int Index { get; }

    public int[] Tokens { get; }

    /// <summary>How many masks the row began with.</summary>
    public int InitialMasks { get; }

    /// <summary>The positions still to be written, ascending.</summary>
    public ReadOnlySpan<int> Masked => _masked.AsSpan(0, _maskedCount);

    /// <summary>The positions asked for at this step, and what the denoiser proposes for each.</summary>
    public Span<Proposal> Asked => _asked.AsSpan(0, _askedCount);

    /// <summary>The number of the step, from 1.</summary>
    public int Step { get; private set; }

    /// <summary>1 − α(t), where the step begins.</summary>
    public double MaskRate { get; private set; }

    /// <summary>1 − α(s), where the step ends; 0 at the last.</summary>
    public double NextMaskRate { get; private set; }

    /// <summary>How many times the denoiser ran the row.</summary>
    public int Calls { get; set; }

    public void Begin(int step, double maskRate, double nextMaskRate)
    {
        (Step, MaskRate, NextMaskRate) = (step, maskRate, nextMaskRate);
        _askedCount = 0;
    }

    /// <summary>The uniform with which samplers decide whether, or in which order, a position is written at this step.</summary>
    public double Noise(int position) => Philox.Uniforms(_key, (ulong)Step, (ulong)position).First;

    /// <summary>The uniform that picks the token of a position at this step.</summary>
    public double TokenNoise(int position) => Philox.Uniforms(_key, (ulong)Step, (ulong)position).Second;

    /// <summary>Asks for a masked position; positions must ascend.</summary>
    public void Ask(int position) => _asked[_askedCount++] = new Proposal { Position = position };

    /// <summary>Writes the proposal at an index of <see cref="Asked"/>.</summary>
    public void Accept(int index) => Tokens[_asked[index].Position] = _asked[index].Token;

    /// <summary>Forgets the positions that were written.</summary>
    public void End()
    {
        int count = 0;
        foreach (int position in Masked)
        {
            if (Tokens[position] == _maskToken)
                _masked[count++] = position;
        }
        _maskedCount = count;
    }
}
