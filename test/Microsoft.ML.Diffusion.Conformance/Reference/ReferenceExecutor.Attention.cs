using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Rotary positions and attention.</summary>
public partial class ReferenceExecutor
{
    /// <inheritdoc/>
    public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse)
    {
        Matrix x = Of(qkv);
        int d = x.Columns / 3 / heads;
        foreach ((int first, int end) in Of(sequences))
        {
            for (int row = first; row < end; row++)
            {
                for (int head = 0; head < 2 * heads; head++) // those of the queries, then those of the keys
                {
                    for (int i = 0; i < d / 2; i++)
                    {
                        double angle = (row - first) * Math.Pow(theta, -2.0 * i / d) * (inverse ? -1 : 1);
                        ref double left = ref x[row, head * d + i], right = ref x[row, head * d + d / 2 + i];
                        (left, right) = (left * Math.Cos(angle) - right * Math.Sin(angle),
                            right * Math.Cos(angle) + left * Math.Sin(angle));
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout)
    {
        Matrix x = Of(qkv), output = Of(y);
        int width = output.Columns, d = width / heads;
        output.Elements.Clear();
        foreach (Query query in Queries(sequences, heads, pattern))
        {
            double[] scores = [.. query.Keys.Select(j => Score(x, query, j, sequences, bias, d, width))];
            double max = scores.Max(), sum = max + Math.Log(scores.Sum(score => Math.Exp(score - max)));
            if (logSumExp is Tensor kept)
                Of(kept)[query.Row, query.Head] = sum;
            foreach ((int j, double score) in query.Keys.Zip(scores))
            {
                double probability = Math.Exp(score - sum) * Kept(dropout, query, j);
                for (int k = query.Head * d; k < (query.Head + 1) * d; k++)
                    output[query.Row, k] += probability * x[j, 2 * width + k];
            }
        }
    }

    /// <inheritdoc/>
    public override void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp, Tensor dy,
        Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout)
    {
        Matrix x = Of(qkv), output = Of(y), sums = Of(logSumExp), gradient = Of(dy), result = Of(dqkv);
        int width = output.Columns, d = width / heads;
        result.Elements.Clear();
        if (dbias is Tensor cleared && !accumulate)
            Of(cleared).Elements.Clear();
        foreach (Query query in Queries(sequences, heads, pattern))
        {
            (int i, int start) = (query.Row, query.Head * d);
            double mean = 0; // Σ_j P_ij · dP_ij, which is the product of the row's gradient and the row
            for (int k = start; k < start + d; k++)
                mean += gradient[i, k] * output[i, k];
            foreach (int j in query.Keys)
            {
                double probability = Math.Exp(Score(x, query, j, sequences, bias, d, width) - sums[i, query.Head]);
                double kept = Kept(dropout, query, j), dProbability = 0;
                for (int k = start; k < start + d; k++)
                {
                    dProbability += gradient[i, k] * x[j, 2 * width + k] * kept;
                    result[j, 2 * width + k] += probability * kept * gradient[i, k];
                }
                double dScore = probability * (dProbability - mean);
                for (int k = start; k < start + d; k++)
                {
                    result[i, k] += dScore * x[j, width + k] / Math.Sqrt(d);
                    result[j, width + k] += dScore * x[i, k] / Math.Sqrt(d);
                }
                if (dbias is Tensor distances)
                    Of(distances)[j - i + sequences.Longest - 1, query.Head] += dScore;
            }
        }
    }

    /// <summary>The queries of all sequences and heads.</summary>
    private IEnumerable<Query> Queries(Sequences sequences, int heads, AttentionPattern pattern)
    {
        foreach ((int first, int end) in Of(sequences))
        {
            for (int head = 0; head < heads; head++)
            {
                for (int row = first; row < end; row++)
                {
                    long from = Math.Max(first, row - (long)pattern.Before), to = Math.Min(end, row + (long)pattern.After + 1);
                    yield return new(head, row, first, (int)from, (int)to);
                }
            }
        }
    }

    private double Score(Matrix x, Query query, int key, Sequences sequences, Tensor? bias, int d, int width)
    {
        double score = 0;
        for (int k = query.Head * d; k < (query.Head + 1) * d; k++)
            score += x[query.Row, k] * x[key, width + k];
        return score / Math.Sqrt(d) + (bias is Tensor added ? Of(added)[key - query.Row + sequences.Longest - 1, query.Head] : 0);
    }

    /// <summary>The factor of a probability: drawn by the head and by positions in the sequence.</summary>
    private static double Kept(AttentionDropout dropout, Query query, int key) =>
        dropout.Rate == 0 ? 1
            : Kept(dropout.Rate, dropout.Key, ((ulong)query.Head << 32) + (ulong)(query.Row - query.First), key - query.First);

    /// <summary>A row as one head's query.</summary>
    /// <param name="Head">The head.</param>
    /// <param name="Row">The row.</param>
    /// <param name="First">The first row of its sequence.</param>
    /// <param name="From">The first row that it sees.</param>
    /// <param name="To">The row behind the last that it sees.</param>
    private readonly record struct Query(int Head, int Row, int First, int From, int To)
    {
        public IEnumerable<int> Keys => Enumerable.Range(From, To - From);
    }
}
