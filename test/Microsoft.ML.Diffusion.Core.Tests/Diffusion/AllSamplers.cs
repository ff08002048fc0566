namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The text forms that tests of every sampler go through.</summary>
internal static class AllSamplers
{
    /// <summary>Those that write over what they wrote.</summary>
    public static string[] MaskAgain { get; } =
    [
        "ReMdmCap(0.2)", "ReMdmRescale(0.4)", "ReMdmConfidence", "ReMdmLoop(0.2, 0.55, 0.05, 0.9)", "MaskPredict", "UniformRemask",
        "Gibbs(60, 40, 5)",
        "Blocks(3, MaskPredict)", "Blocks(4, ReMdmCap(0.3))", "Blocks(5, Gibbs(9, 5, 2))",
    ];

    public static string[] Texts { get; } =
    [
        "Ancestral", "FirstHitting", "TopConfidence", "TopConfidence(0.5)", "TopConfidence(0, Margin)",
        "TopConfidence(0.5, NegativeEntropy)", "TopConfidence(0, Random)",
        "Threshold(0.6)", "Factor(1.9)", "Blocks(4, Ancestral)", "Blocks(1, TopConfidence)", "Blocks(6, Threshold(0.12))", .. MaskAgain,
    ];
}
