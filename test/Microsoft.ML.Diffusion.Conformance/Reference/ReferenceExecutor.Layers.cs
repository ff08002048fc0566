using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Linear layers, normalization, and what is done to each element.</summary>
public partial class ReferenceExecutor
{
    /// <inheritdoc/>
    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
    {
        Matrix input = Of(x), w = Values(weight), output = Of(y);
        for (int row = 0; row < output.Rows; row++)
        {
            for (int o = 0; o < output.Columns; o++)
                output[row, o] = ActivationFunctions.Value(activation, Product(input, row, w, o) + (bias is null ? 0 : Values(bias)[0, o]));
        }
    }

    /// <inheritdoc/>
    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate)
    {
        Matrix input = Of(x), w = Values(weight), gradient = Of(dy);
        AddWeightGradients(gradient, input, weight, bias);
        if (dx is not Tensor wanted)
            return;
        Matrix result = Of(wanted);
        for (int row = 0; row < result.Rows; row++)
        {
            for (int k = 0; k < result.Columns; k++)
            {
                double sum = 0;
                for (int o = 0; o < gradient.Columns; o++)
                    sum += gradient[row, o] * w[o, k];
                Put(ref result[row, k], sum, accumulate);
            }
        }
    }

    /// <inheritdoc/>
    public override void AddLayerNorm(
        Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y, Tensor statistics)
    {
        Matrix left = Of(a), total = Of(sum), w = Values(weight), normalized = Of(y), kept = Of(statistics);
        int width = total.Columns;
        for (int row = 0; row < total.Rows; row++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < width; i++)
            {
                total[row, i] = left[row, i] + (b is Tensor right ? Of(right)[row, i] : 0);
                mean += total[row, i] / width;
            }
            for (int i = 0; i < width; i++)
                variance += (total[row, i] - mean) * (total[row, i] - mean) / width;
            double inverse = 1 / Math.Sqrt(variance + epsilon);
            for (int i = 0; i < width; i++)
                normalized[row, i] = (total[row, i] - mean) * inverse * w[0, i] + (bias is null ? 0 : Values(bias)[0, i]);
            (kept[row, 0], kept[row, 1]) = (mean, inverse);
        }
    }

    /// <inheritdoc/>
    public override void LayerNormBackward(
        Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum, bool accumulate)
    {
        Matrix total = Of(sum), w = Values(weight), kept = Of(statistics), gradient = Of(dy), result = Of(dsum);
        Matrix? dWeight = Gradient(weight), dBias = Gradient(bias);
        int width = total.Columns;
        for (int row = 0; row < total.Rows; row++)
        {
            (double mean, double inverse) = (kept[row, 0], kept[row, 1]);
            double meanGradient = 0, meanProduct = 0; // of what leads to the normalized row, and of its product with that row
            for (int i = 0; i < width; i++)
            {
                double normalized = (total[row, i] - mean) * inverse;
                meanGradient += gradient[row, i] * w[0, i] / width;
                meanProduct += gradient[row, i] * w[0, i] * normalized / width;
                if (dWeight is Matrix weights)
                    weights[0, i] += gradient[row, i] * normalized;
                if (dBias is Matrix biases)
                    biases[0, i] += gradient[row, i];
            }
            for (int i = 0; i < width; i++)
            {
                double normalized = (total[row, i] - mean) * inverse;
                Put(ref result[row, i], inverse * (gradient[row, i] * w[0, i] - meanGradient - normalized * meanProduct), accumulate);
            }
        }
    }

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y)
    {
        Span<double> from = Of(x).Elements, to = Of(y).Elements;
        for (int i = 0; i < to.Length; i++)
            to[i] = ActivationFunctions.Value(activation, from[i]);
    }

    /// <inheritdoc/>
    public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate)
    {
        Span<double> input = Of(x).Elements, gradient = Of(dy).Elements, result = Of(dx).Elements;
        for (int i = 0; i < result.Length; i++)
            Put(ref result[i], gradient[i] * ActivationFunctions.Derivative(activation, input[i]), accumulate);
    }

    /// <inheritdoc/>
    public override void Gate(Tensor x, Activation activation, Tensor y)
    {
        Matrix input = Of(x), output = Of(y);
        for (int row = 0; row < output.Rows; row++)
        {
            for (int i = 0; i < output.Columns; i++)
                output[row, i] = ActivationFunctions.Value(activation, input[row, i]) * input[row, output.Columns + i];
        }
    }

    /// <inheritdoc/>
    public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate)
    {
        Matrix input = Of(x), gradient = Of(dy), result = Of(dx);
        int width = gradient.Columns;
        for (int row = 0; row < gradient.Rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                double gate = input[row, i], unit = input[row, width + i], d = gradient[row, i];
                Put(ref result[row, i], d * unit * ActivationFunctions.Derivative(activation, gate), accumulate);
                Put(ref result[row, width + i], d * ActivationFunctions.Value(activation, gate), accumulate);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate)
    {
        Span<double> from = Of(x).Elements, to = Of(y).Elements;
        for (int i = 0; i < to.Length; i++)
            Put(ref to[i], from[i] * Kept(rate, key, 0, i), accumulate);
    }

    /// <summary>The factor of an element of dropout, 0 or 1 / (1 − rate): by word (element mod 4) at counter (element / 4).</summary>
    private static double Kept(double rate, ulong key, ulong counterHigh, int element)
    {
        (uint x, uint y, uint z, uint w) = Philox.Words(key, counterHigh, (ulong)element / 4);
        uint word = (element % 4) switch { 0 => x, 1 => y, 2 => z, _ => w };
        return word < Math.Floor(rate * uint.MaxValue) ? 0 : 1 / (1 - rate);
    }

    /// <summary>The product of a row of each.</summary>
    private static double Product(Matrix a, int rowOfA, Matrix b, int rowOfB)
    {
        double sum = 0;
        for (int i = 0; i < a.Columns; i++)
            sum += a[rowOfA, i] * b[rowOfB, i];
        return sum;
    }

    /// <summary>The gradients of a linear layer's weight and bias grow by dyᵀ · x and the column sums of dy.</summary>
    private static void AddWeightGradients(Matrix dy, Matrix x, Parameter weight, Parameter? bias)
    {
        Matrix? dWeight = Gradient(weight), dBias = Gradient(bias);
        for (int row = 0; row < dy.Rows; row++)
        {
            for (int o = 0; o < dy.Columns; o++)
            {
                if (dBias is Matrix biases)
                    biases[0, o] += dy[row, o];
                for (int k = 0; dWeight is Matrix weights && k < x.Columns; k++)
                    weights[o, k] += dy[row, o] * x[row, k];
            }
        }
    }
}
