using System.Globalization;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>One way of writing.</summary>
internal readonly record struct WritingCell(string Sampler, string Schedule, int Steps, double Temperature, double TopP)
{
    private static readonly int[] s_steps = [4, 8, 16, 32, 64];

    /// <summary>The model's own distribution, and the distribution that the examples use.</summary>
    private static readonly (double Temperature, double TopP)[] s_laws = [(1, 1), (.9, .95)];

    /// <summary>One token per step in random order: the reference for the others.</summary>
    public const string Reference = "FirstHitting";

    /// <summary>Whether texts are sampled from the model's own distribution: temperature 1, no top-p.</summary>
    public bool IsPlain => Temperature == 1 && TopP == 1;

    /// <summary>The name of a line of the plot: cells that differ only in their steps.</summary>
    public string Line => Schedule == "Linear" ? Sampler : $"{Sampler}, {Schedule}";

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Line}, {Steps} steps, temperature {Temperature}, top-p {TopP}");

    /// <summary>Every cell, the most informative first, so that an interrupted run has those.</summary>
    public static IEnumerable<WritingCell> All(int tokens)
    {
        foreach ((double temperature, double topP) in s_laws)
        {
            yield return new(Reference, "Linear", tokens, temperature, topP);
            foreach (WritingCell cell in
                WithSteps(temperature, topP, ("Ancestral", "Linear"), ("TopConfidence", temperature == 1 ? "Linear" : "Cosine")))
                yield return cell;
        }
        foreach (WritingCell cell in WithSteps(1, 1,
            ("MaskPredict", "Linear"), ("ReMdmCap(0.008)", "Linear"), ("ReMdmLoop(0.02, 0.55, 0.05, 0.9)", "Linear"),
            ("Threshold(0.5)", "Linear"),
            ("Factor(1)", "Linear"), ("Blocks(16, TopConfidence)", "Linear"), ("UniformRemask", "Linear"),
            ("TopConfidence(0, Random)", "Linear")))
            yield return cell;
        foreach (WritingCell cell in WithSteps(.9, .95, ("ReMdmLoop(0.02, 0.55, 0.05, 0.9)", "Linear"), ("Threshold(0.5)", "Linear")))
            yield return cell;
        yield return new("Gibbs(128, 64, 100)", "Linear", 128, 1, 1);
        foreach (WritingCell cell in WithSteps(1, 1,
            ("ReMdmConfidence", "Linear"), ("TopConfidence(0, NegativeEntropy)", "Linear"), ("Ancestral", "Cosine"),
            ("Threshold(0.9)", "Linear"),
            ("TopConfidence(0, Margin)", "Linear"), ("ReMdmRescale(0.015)", "Linear"), ("TopConfidence(1)", "Linear")))
            yield return cell;
    }

    private static IEnumerable<WritingCell> WithSteps(double temperature, double topP, params (string Sampler, string Schedule)[] lines) =>
        s_steps.SelectMany(steps => lines.Select(line => new WritingCell(line.Sampler, line.Schedule, steps, temperature, topP)));
}
