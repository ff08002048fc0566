using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Cross-entropy, and what is read of logits.</summary>
public partial class ReferenceExecutor
{
    /// <inheritdoc/>
    public override Loss LinearCrossEntropy(
        Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx, double smoothing)
    {
        Matrix input = Of(x), w = Values(weight);
        Span<double> rowWeights = Of(weights).Elements;
        var logits = new Matrix(new double[input.Rows * w.Rows], 0, input.Rows, w.Rows);
        double loss = 0;
        for (int row = 0; row < logits.Rows; row++)
        {
            for (int c = 0; c < logits.Columns; c++)
                logits[row, c] = Product(input, row, w, c) + (bias is null ? 0 : Values(bias)[0, c]);
            Span<double> own = logits.View(row, 1).Elements;
            double sum = LogSumExp(own), mean = 0;
            foreach (double logit in own)
                mean += logit / own.Length;
            int target = Of(targets)[row];
            loss += rowWeights[row] * ((1 - smoothing) * (sum - own[target]) + smoothing * (sum - mean));
            for (int c = 0; c < own.Length; c++) // logits become their gradients
                own[c] = rowWeights[row] * (Math.Exp(own[c] - sum) - smoothing / own.Length - (c == target ? 1 - smoothing : 0));
        }
        if (dx is Tensor wanted)
        {
            AddWeightGradients(logits, input, weight, bias);
            Matrix result = Of(wanted);
            result.Elements.Clear();
            for (int row = 0; row < result.Rows; row++)
            {
                for (int c = 0; c < logits.Columns; c++)
                {
                    for (int k = 0; k < result.Columns; k++)
                        result[row, k] += logits[row, c] * w[c, k];
                }
            }
        }
        _losses.Add(loss);
        return new Loss(_losses.Count - 1);
    }

    /// <inheritdoc/>
    public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns)
    {
        for (int row = 0; row < x.Rows; row++)
        {
            double[] own = Of(x).View(row, 1).Elements.ToArray();
            logSumExp[row] = LogSumExp(own);
            int i = row * count;
            IEnumerable<int> ordered = Enumerable.Range(0, own.Length).OrderByDescending(column => own[column]); // equal ones stay in order
            foreach (int column in ordered.Take(count))
                (values[i], columns[i++]) = ((float)own[column], column);
        }
    }

    private static double LogSumExp(ReadOnlySpan<double> values)
    {
        double max = double.MinValue, sum = 0; // not −∞, so that differences to it stay numbers
        foreach (double value in values)
            max = Math.Max(max, value);
        foreach (double value in values)
            sum += Math.Exp(value - max);
        return max + Math.Log(sum);
    }
}
