using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Tokens drawn from rows of logits.</summary>
public partial class ReferenceExecutor
{
    /// <inheritdoc/>
    public override bool CanDraw => true;

    /// <inheritdoc/>
    public override void Draw(
        Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn)
    {
        for (int row = 0; row < logits.Rows; row++)
        {
            double[] own = Of(logits).View(row, 1).Elements.ToArray();
            foreach (int token in Of(banned))
                own[token] = double.NegativeInfinity;
            if (requests[row].Banned >= 0)
                own[requests[row].Banned] = double.NegativeInfinity;
            bool isFinite = own.All(logit => logit < double.PositiveInfinity) && own.Any(double.IsFinite); // no comparison with NaN holds
            drawn[row] = isFinite ? Draw(own, settings, requests[row]) : new DrawnToken(-1, -1, double.NaN, double.NaN);
        }
    }

    private static DrawnToken Draw(double[] logits, in DrawSettings settings, in DrawRequest request)
    {
        int[] ranked = [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token])]; // equal ones stay in order
        int token = settings.Temperature == 0 ? ranked[0]
            : Pick(Weights(logits, ranked, settings.Temperature, request.TopK, settings.TopP), request.Uniform);
        double sum = LogSumExp(logits);
        double[] p = Array.ConvertAll(logits, logit => Math.Exp(logit - sum));
        return new DrawnToken(token, ranked[0], logits[token] - sum, settings.Score switch
        {
            DrawScore.MaxProbability => logits[ranked[0]] - sum,
            DrawScore.Margin => Math.Log(p[ranked[0]] - (p.Length > 1 ? p[ranked[1]] : 0)),
            DrawScore.NegativeEntropy => p.Where(probability => probability > 0).Sum(probability => probability * Math.Log(probability)),
            _ => 0,
        });
    }

    /// <summary>The weights of what may be drawn, and 0 for the rest.</summary>
    private static double[] Weights(double[] logits, int[] ranked, double temperature, int topK, double topP)
    {
        double scale = Math.Clamp(1 / temperature, 1e-30, 1e30), greatest = logits[ranked[0]];
        double[] weights = new double[logits.Length];
        foreach (int token in topK == 0 ? ranked : ranked.Take(topK))
            weights[token] = Math.Exp((logits[token] - greatest) * scale);
        if (topP == 1)
            return weights;
        double wanted = topP * weights.Sum(), sum = 0;
        foreach (int token in Enumerable.Range(0, weights.Length).OrderByDescending(token => weights[token]))
        {
            if (sum >= wanted)
                weights[token] = 0;
            sum += weights[token];
        }
        return weights;
    }

    private static int Pick(double[] weights, double uniform)
    {
        double target = uniform * weights.Sum(), sum = 0;
        int last = -1;
        for (int token = 0; token < weights.Length && sum <= target; token++)
        {
            if (weights[token] > 0)
                last = token;
            sum += weights[token];
        }
        return last;
    }
}
