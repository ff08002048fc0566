using System.Globalization;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>The metrics measured on the validation examples. The first one decides which weights are best.</summary>
/// <param name="Metrics">The metrics, one or more.</param>
public sealed record Evaluation(params IReadOnlyList<Metric> Metrics)
{
    /// <summary>The deciding metric.</summary>
    public Metric Deciding => Metrics[0];

    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Join(", ", Metrics);
}

/// <summary>A metric.</summary>
/// <param name="Name">Its name, with the unit.</param>
/// <param name="Value">Its value.</param>
/// <param name="HigherIsBetter">Whether higher values are better.</param>
public readonly record struct Metric(string Name, double Value, bool HigherIsBetter = true)
{
    /// <summary>Name and value.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Value:F4}");
}
