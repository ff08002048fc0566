using Microsoft.ML.Diffusion.Tasks.Losses;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>The loss of the best prediction that is the same for every example, from the class frequencies.</summary>
internal static class ChanceLosses
{
    /// <summary>The entropy of the frequencies, in nats: the mean loss of predicting each class with its frequency.</summary>
    /// <param name="counts">The count of each class; not all 0.</param>
    public static double Entropy(params IReadOnlyList<double> counts)
    {
        double all = counts.Sum();
        return counts.Sum(count => count > 0 ? count / all * Math.Log(all / count) : 0);
    }

    /// <summary>
    /// The loss of the best distribution that is the same for every example under <see cref="SoftmaxCrossEntropy"/>, in nats per unit of
    /// the examples' weights c_y. With n_k examples of class k, the targets' shares add up to s_k = c_k · ((1 − ε) · n_k + ε / classes · Σ
    /// n); the best distribution is s / Σ s, and its loss is Σ s · entropy(s) / Σ c_k · n_k.
    /// </summary>
    /// <param name="counts">n: the count of each class, [classes].</param>
    /// <param name="classWeights">c: the weight of each class, [classes]; empty for 1.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <returns>Nats; NaN if no class that occurs has a weight.</returns>
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
