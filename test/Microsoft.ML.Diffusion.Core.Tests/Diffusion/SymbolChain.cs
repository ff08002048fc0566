using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A Markov chain of the symbols +, * and =, in <see cref="FakeTokenizer"/>'s ids, of any length between opening and closing token, and its
/// perfect denoiser, by forward and backward sums.
/// </summary>
internal sealed class SymbolChain : IDenoiser
{
    private const string Symbols = "+*=";
    private static readonly double[] s_initial = [.6, .3, .1];

    // To +, *, =.
    private static readonly double[][] s_transition = [[.2, .7, .1], [.05, .15, .8], [.5, .2, .3]];

    public int VocabularySize => FakeTokenizer.Size;

    public int MaskToken => FakeTokenizer.Mask;

    /// <summary>log p(the symbols of a text that stand at the given places | the others, where places not yet written are unknown), in
    /// nats, in the order of the places.</summary>
    public static double LogLikelihood(string text, IReadOnlyList<int> places)
    {
        int[] state = [.. text.Select(symbol => Symbols.IndexOf(symbol))];
        foreach (int place in places)
            state[place] = -1;
        double sum = 0;
        foreach (int place in places)
        {
            int symbol = Symbols.IndexOf(text[place]);
            sum += Math.Log(Conditional(state, place)[symbol]);
            state[place] = symbol;
        }
        return sum;
    }

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        float[] logits = new float[FakeTokenizer.Size];
        for (int i = 0; i < rows.Length; i++)
        {
            int sequence = 0;
            while (batch.Bounds[sequence + 1] <= rows[i])
                sequence++;
            int[] state = [.. batch[sequence][1..^1].ToArray()
                .Select(id => id == FakeTokenizer.Mask ? -1 : Symbols.IndexOf((char)(' ' + id - FakeTokenizer.FirstCharacter)))];
            double[] distribution = Conditional(state, rows[i] - batch.Bounds[sequence] - 1);
            Array.Fill(logits, float.NegativeInfinity);
            for (int symbol = 0; symbol < 3; symbol++)
                logits[FakeTokenizer.FirstCharacter + Symbols[symbol] - ' '] = (float)Math.Log(distribution[symbol]);
            consumer(i, logits);
        }
    }

    // The distribution of an unknown place (−1), by the product of what comes from the left and from the right.
    private static double[] Conditional(int[] state, int place)
    {
        double[] forward = [.. s_initial];
        for (int i = 0; ; i++)
        {
            if (i > 0)
                forward = [.. Enumerable.Range(0, 3)
                    .Select(to => Enumerable.Range(0, 3).Sum(from => forward[from] * s_transition[from][to]))];
            if (i == place)
                break;
            if (state[i] >= 0)
                forward = [.. forward.Select((p, symbol) => symbol == state[i] ? p : 0)];
        }
        double[] backward = [1, 1, 1];
        for (int i = state.Length - 1; i > place; i--)
        {
            if (state[i] >= 0)
                backward = [.. backward.Select((p, symbol) => symbol == state[i] ? p : 0)];
            backward = [.. Enumerable.Range(0, 3).Select(from => Enumerable.Range(0, 3).Sum(to => s_transition[from][to] * backward[to]))];
        }
        double[] distribution = [.. forward.Zip(backward, (f, b) => f * b)];
        double sum = distribution.Sum();
        return [.. distribution.Select(p => p / sum)];
    }
}
