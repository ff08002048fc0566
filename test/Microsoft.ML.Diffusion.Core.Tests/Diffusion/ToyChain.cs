using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A Markov chain of 3 symbols and length 4, small enough that every expectation is a sum, and its perfect denoiser: the exact
/// conditionals of masked positions given the clean ones. Enumeration here shares nothing with the product.
/// </summary>
internal sealed class ToyChain : IDenoiser
{
    public const int Symbols = 3, Length = 4, States = 81, Mask = Symbols;

    /// <summary>The entropy of the chain, nats a sequence.</summary>
    public const double Entropy = 3.168934;

    private static readonly double[] s_initial = [.6, .3, .1];
    private static readonly double[][] s_transition = [[.7, .2, .1], [.1, .8, .1], [.3, .1, .6]];
    private static readonly Dictionary<int, double[]?[]> s_conditionals = [];

    /// <summary>The probability of each sequence, by <see cref="Index"/>.</summary>
    public static double[] Distribution { get; } = [.. Enumerable.Range(0, States).Select(i => Probability(Sequence(i)))];

    public int VocabularySize => Symbols + 1;

    public int MaskToken => Mask;

    public int Calls { get; private set; }

    public int SequencesRun { get; private set; }

    public static int[] AllMasked => [Mask, Mask, Mask, Mask];

    public static int[] Sequence(int index) => [index / 27, index / 9 % 3, index / 3 % 3, index % 3];

    public static int Index(ReadOnlySpan<int> x) => ((x[0] * 3 + x[1]) * 3 + x[2]) * 3 + x[3];

    /// <summary>The distribution of each masked position given the clean ones; null at clean positions.</summary>
    public static double[]?[] Conditionals(ReadOnlySpan<int> state)
    {
        int code = ((state[0] * 4 + state[1]) * 4 + state[2]) * 4 + state[3];
        lock (s_conditionals)
        {
            if (s_conditionals.TryGetValue(code, out double[]?[]? known))
                return known;
            double[]?[] conditionals = new double[]?[Length];
            for (int position = 0; position < Length; position++)
            {
                if (state[position] != Mask)
                    continue;
                double[] distribution = new double[Symbols];
                for (int i = 0; i < States; i++)
                {
                    int[] x = Sequence(i);
                    if (Agrees(x, state))
                        distribution[x[position]] += Distribution[i];
                }
                double sum = distribution.Sum();
                conditionals[position] = [.. distribution.Select(p => p / sum)];
            }
            s_conditionals.Add(code, conditionals);
            return conditionals;
        }
    }

    /// <summary>f(m): the expected negative log-likelihood of the masked tokens at mask rate m, Σ over masks.</summary>
    public static double ExpectedLoss(double rate)
    {
        double sum = 0;
        for (int mask = 1; mask < 16; mask++)
        {
            int masked = int.PopCount(mask);
            sum += Math.Pow(rate, masked) * Math.Pow(1 - rate, Length - masked) * s_lossOfMask[mask];
        }
        return sum;
    }

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        Calls++;
        SequencesRun += batch.Count;
        Span<float> logits = stackalloc float[Symbols + 1];
        int sequence = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            while (batch.Bounds[sequence + 1] <= rows[row])
                sequence++;
            int position = rows[row] - batch.Bounds[sequence];
            double[]? distribution = Conditionals(batch[sequence])[position];
            for (int v = 0; v < Symbols; v++)
                logits[v] = distribution is null ? 0 : (float)Math.Log(distribution[v]);
            logits[Mask] = 9; // to be ignored
            consumer(row, logits);
        }
    }

    private static readonly double[] s_lossOfMask = [.. Enumerable.Range(0, 16).Select(LossOfMask)];

    private static double LossOfMask(int mask)
    {
        double sum = 0;
        for (int i = 0; i < States; i++)
        {
            int[] x = Sequence(i);
            int[] state = [.. x.Select((v, j) => (mask >> j & 1) == 1 ? Mask : v)];
            double[]?[] conditionals = Conditionals(state);
            for (int j = 0; j < Length; j++)
            {
                if (conditionals[j] is double[] distribution)
                    sum -= Distribution[i] * Math.Log(distribution[x[j]]);
            }
        }
        return sum;
    }

    private static double Probability(int[] x)
    {
        double p = s_initial[x[0]];
        for (int i = 1; i < Length; i++)
            p *= s_transition[x[i - 1]][x[i]];
        return p;
    }

    private static bool Agrees(int[] x, ReadOnlySpan<int> state)
    {
        for (int i = 0; i < Length; i++)
        {
            if (state[i] != Mask && state[i] != x[i])
                return false;
        }
        return true;
    }
}
