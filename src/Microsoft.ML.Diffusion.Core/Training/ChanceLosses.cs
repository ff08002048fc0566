using Microsoft.ML.Diffusion.Tasks.Losses;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>What the best guess that is the same for every example loses, from how often each class occurs.</summary>
internal static class ChanceLosses
{
    /// <summary>The entropy of the frequencies, in nats: the mean loss of a guess that gives each class its frequency as its probability.</summary>
    /// <param name="counts">How often each occurs; not all 0.</param>
    public static double Entropy(params IReadOnlyList<double> counts)
    {
        double all = counts.Sum();
        return counts.Sum(count => count > 0 ? count / all * Math.Log(all / count) : 0);
    }

    /// <summary>
    /// What the best distribution that is the same for every example loses under <see cref="SoftmaxCrossEntropy"/>, in nats per unit of the
    /// examples' weights c_y. With n_k examples of class k, the targets' shares add up to s_k = c_k · ((1 − ε) · n_k + ε / classes · Σ n); the best
    /// distribution is s / Σ s, and loses Σ s · entropy(s) / Σ c_k · n_k.
    /// </summary>
    /// <param name="counts">n: how often each class occurs, [classes].</param>
    /// <param name="classWeights">c: the weight of each class, [classes]; empty for 1.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <returns>Nats; NaN where nothing that occurs has a weight.</returns>
    public static double OfSoftmax(IReadOnlyList<long> counts, IReadOnlyList<float> classWeights, double labelSmoothing)
    {
        double spread = labelSmoothing / counts.Count * counts.Sum(), weight = 0;
        double[] shares = new double[counts.Count];
        for (int k = 0; k < shares.Length; k++)
        {
            double classWeight = classWeights.Count == 0 ? 1 : classWeights[k];
            shares[k] = classWeight * ((1 - labelSmoothing) * counts[k] + spread);
            weight += classWeight * counts[k];
        }
        return weight == 0 ? double.NaN : shares.Sum() / weight * Entropy(shares);
    }
}
