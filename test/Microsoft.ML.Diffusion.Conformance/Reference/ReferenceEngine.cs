using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>
/// The seam in plain loops over float64 numbers: what an engine has to do and no more, to be read beside <see cref="Engine"/> and
/// <see cref="Executor"/> when writing another one. The conformance suite compares engines with it; it is itself proved by finite
/// differences.
/// </summary>
public class ReferenceEngine : Engine
{
    /// <inheritdoc/>
    public override string Name => "reference, float64, plain loops";

    /// <inheritdoc/>
    public override bool SharesParametersWith(Engine other) => other is ReferenceEngine;

    /// <inheritdoc/>
    public override Executor CreateExecutor() => new ReferenceExecutor();

    /// <inheritdoc/>
    public override DeviceBuffer CreateBuffer(long length) => new ReferenceBuffer(length);

    /// <inheritdoc/>
    public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values)
    {
        Span<double> target = Part(buffer, offset, values.Length);
        for (int i = 0; i < values.Length; i++)
            target[i] = values[i];
    }

    /// <inheritdoc/>
    public override void Read(DeviceBuffer buffer, long offset, Span<float> values)
    {
        Span<double> source = Part(buffer, offset, values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)source[i];
    }

    /// <inheritdoc/>
    public override void Clear(DeviceBuffer buffer) => Array.Clear(Values(buffer));

    /// <inheritdoc/>
    public override void Copy(DeviceBuffer source, DeviceBuffer target) => Values(source).CopyTo(Values(target), 0);

    /// <inheritdoc/>
    public override void Read(Parameter parameter, long start, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Read(parameter.Value ?? throw new InvalidOperationException($"'{parameter.Name}' has no values to read."), start, values);
    }

    /// <summary>Does nothing: products read the plain values.</summary>
    public override void Pack(Parameter parameter)
    {
    }

    /// <summary>Does nothing, as <see cref="Pack"/> does.</summary>
    public override void Unpack(Parameter parameter)
    {
    }

    /// <inheritdoc/>
    public override void ClearGradients(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            Clear(parameter.Gradient!);
    }

    /// <inheritdoc/>
    public override double SumOfSquares(ReadOnlySpan<Parameter> parameters)
    {
        double sum = 0;
        foreach (Parameter parameter in parameters)
        {
            foreach (double g in Values(parameter.Gradient))
                sum += g * g;
        }
        return sum;
    }

    /// <inheritdoc/>
    public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings)
    {
        foreach (Parameter parameter in parameters)
        {
            double[] w = Values(parameter.Value), gradient = Values(parameter.Gradient);
            double[] m = Values(parameter.FirstMoment), v = Values(parameter.SecondMoment);
            for (int i = 0; i < w.Length; i++)
            {
                double g = gradient[i] * settings.GradientScale;
                m[i] = settings.Beta1 * m[i] + (1 - settings.Beta1) * g;
                v[i] = settings.Beta2 * v[i] + (1 - settings.Beta2) * g * g;
                double direction = m[i] / settings.Correction1 / (Math.Sqrt(v[i] / settings.Correction2) + settings.Epsilon);
                w[i] -= settings.Rate * (direction + settings.WeightDecay * w[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override void Average(ReadOnlySpan<Parameter> parameters, double decay)
    {
        foreach (Parameter parameter in parameters)
        {
            double[] average = Values(parameter.Average), values = Values(parameter.Value);
            for (int i = 0; i < average.Length; i++)
                average[i] = decay * average[i] + (1 - decay) * values[i];
        }
    }

    /// <summary>The elements of a buffer that this kind of engine made.</summary>
    internal static double[] Values(DeviceBuffer? buffer) => ((ReferenceBuffer)buffer!).Values;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Nothing runs.
    }

    private static Span<double> Part(DeviceBuffer buffer, long offset, int length)
    {
        double[] values = Values(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, values.Length - length);
        return values.AsSpan((int)offset, length);
    }
}
