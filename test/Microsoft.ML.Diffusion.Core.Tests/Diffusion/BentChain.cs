using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A denoiser of the toy chain that is wrong, and wrong in a way that depends on the order:
/// p^(1/2) at more than two masks.</summary>
internal sealed class BentChain : IDenoiser
{
    public int VocabularySize => ToyChain.Symbols + 1;

    public int MaskToken => ToyChain.Mask;

    public static double[] Distribution(ReadOnlySpan<int> state, int position)
    {
        double[] distribution = ToyChain.Conditionals(state)[position]!;
        if (state.Count(ToyChain.Mask) <= 2)
            return distribution;
        double[] bent = Array.ConvertAll(distribution, Math.Sqrt);
        double sum = bent.Sum();
        return Array.ConvertAll(bent, p => p / sum);
    }

    /// <summary>−log p(x | order) for each of the 24 orders.</summary>
    public static double[] Orders(int[] x)
    {
        List<double> costs = [];
        Descend([ToyChain.Mask, ToyChain.Mask, ToyChain.Mask, ToyChain.Mask], 0);
        return [.. costs];

        void Descend(int[] state, double cost)
        {
            if (!state.Contains(ToyChain.Mask))
                costs.Add(cost);
            for (int i = 0; i < ToyChain.Length; i++)
            {
                if (state[i] != ToyChain.Mask)
                    continue;
                int[] next = [.. state];
                next[i] = x[i];
                Descend(next, cost - Math.Log(Distribution(state, i)[x[i]]));
            }
        }
    }

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        Span<float> logits = stackalloc float[ToyChain.Symbols + 1];
        int sequence = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            while (batch.Bounds[sequence + 1] <= rows[row])
                sequence++;
            double[] distribution = Distribution(batch[sequence], rows[row] - batch.Bounds[sequence]);
            for (int v = 0; v < distribution.Length; v++)
                logits[v] = (float)Math.Log(distribution[v]);
            logits[ToyChain.Mask] = 5; // to be ignored
            consumer(row, logits);
        }
    }
}
