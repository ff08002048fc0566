namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// The probabilities with which tokens are drawn, as the definitions of top-k and top-p have it: a token stays if few enough are before
/// it, or if those before it have too little probability. Nothing is sorted.
/// </summary>
internal static class DrawFormula
{
    /// <summary>The softmax of logits, some of them banned: [vocabulary].</summary>
    public static double[] Softmax(float[] logits, params int[] banned)
    {
        double[] allowed = [.. logits.Select((logit, token) => banned.Contains(token) ? double.NegativeInfinity : logit)];
        double sum = Formulas.LogSumExp(allowed);
        return Array.ConvertAll(allowed, logit => Math.Exp(logit - sum));
    }

    /// <summary>What is drawn from: [vocabulary]. <paramref name="temperature"/> above 0; top-k 0 and top-p 1 for all.</summary>
    public static double[] Distribution(float[] logits, double temperature, int topK, double topP, params int[] banned)
    {
        double[] p = Normal(Array.ConvertAll(Softmax(logits, banned), probability => Math.Pow(probability, 1 / temperature)));
        if (topK > 0)
            p = Normal([.. p.Select((own, token) => p.Where((other, i) => IsBefore(other, i, own, token)).Count() < topK ? own : 0)]);
        if (topP < 1)
            p = Normal([.. p.Select((own, token) => p.Where((other, i) => IsBefore(other, i, own, token)).Sum() < topP ? own : 0)]);
        return p;
    }

    private static bool IsBefore(double other, int otherToken, double own, int token) =>
        other > own || other == own && otherToken < token;

    private static double[] Normal(double[] weights)
    {
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }
}
