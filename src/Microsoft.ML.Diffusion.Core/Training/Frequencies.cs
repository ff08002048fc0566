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
}
