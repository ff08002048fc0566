using System.Globalization;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>What was measured on validation examples. The first metric decides which weights are best.</summary>
/// <param name="Metrics">The metrics, one or more.</param>
public sealed record Evaluation(params IReadOnlyList<Metric> Metrics)
{
    /// <summary>The metric that decides.</summary>
    public Metric Deciding => Metrics[0];

    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Join(", ", Metrics);
}

/// <summary>A measured number.</summary>
/// <param name="Name">What it is, with its unit.</param>
/// <param name="Value">How much.</param>
/// <param name="HigherIsBetter">Whether more of it is better.</param>
public readonly record struct Metric(string Name, double Value, bool HigherIsBetter = true)
{
    /// <summary>Name and value.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Value:F4}");
}
