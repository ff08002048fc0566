namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>What a row's loss needs to know of its logits.</summary>
internal struct RowLogits
{
    /// <summary>The largest.</summary>
    public double Max;

    /// <summary>Σ e^(logit − Max).</summary>
    public double SumExp;

    /// <summary>The target's.</summary>
    public double Target;

    /// <summary>Their sum, where label smoothing asks for it.</summary>
    public double Total;

    /// <summary>Before the first logit.</summary>
    public static RowLogits None => new() { Max = double.NegativeInfinity };

    /// <summary>−(1 − ε)·log softmax[target] − ε·mean of log softmax.</summary>
    public readonly double Loss(int classes, double smoothing) =>
        Max - Target + Math.Log(SumExp) + (smoothing == 0 ? 0 : smoothing * (Target - Total / classes));
}
