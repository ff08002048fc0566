namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The statistics of a row's logits that its loss needs.</summary>
internal struct RowLogits
{
    /// <summary>The largest logit.</summary>
    public double Max;

    /// <summary>Σ e^(logit − Max).</summary>
    public double SumExp;

    /// <summary>The target's logit.</summary>
    public double Target;

    /// <summary>The sum of the logits, computed only for label smoothing.</summary>
    public double Total;

    /// <summary>The initial state, before the first logit.</summary>
    public static RowLogits None => new() { Max = double.NegativeInfinity };

    /// <summary>−(1 − ε)·log softmax[target] − ε·mean of log softmax.</summary>
    public readonly double Loss(int classes, double smoothing) =>
        Max - Target + Math.Log(SumExp) + (smoothing == 0 ? 0 : smoothing * (Target - Total / classes));
}
