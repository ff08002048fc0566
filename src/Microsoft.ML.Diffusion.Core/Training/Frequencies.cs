using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>How often each of several things occurs, weighted or not.</summary>
internal static class Frequencies
{
    /// <summary>Their entropy, in nats: the mean loss of who says of every example that each thing is as probable as it is frequent.</summary>
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
    public static double ChanceLoss(IReadOnlyList<long> counts, IReadOnlyList<float> classWeights, double labelSmoothing)
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
