using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// For each row of logits: weight · (−(1 − ε)·log softmax(row)[target] − ε·mean of log softmax(row)), and the row overwritten with its
/// gradient if wished.
/// </summary>
internal unsafe struct SoftmaxCrossEntropyKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Logits;
    public int* Targets;
    public float* Weights;
    /// <summary>Each row's loss, [rows].</summary>
    public double* Losses;
    public int Classes;
    /// <summary>ε.</summary>
    public double Smoothing;
    public bool WithGradient;

    public readonly void Execute(int row, int worker)
    {
        T* logits = Logits + (long)row * Classes;
        T target = logits[Targets[row]];
        double gap = Smoothing == 0 ? 0 : double.CreateTruncating(target) - double.CreateTruncating(RowSoftmax<V, T>.Sum(logits, Classes)) / Classes;
        T max = RowSoftmax<V, T>.Max(logits, Classes);
        T sum = RowSoftmax<V, T>.Exponentials(logits, Classes, T.One, max);
        double nll = double.CreateTruncating(max - target) + Math.Log(double.CreateTruncating(sum)) + Smoothing * gap;
        Losses[row] = Weights[row] * nll;
        if (!WithGradient)
            return;
        RowSoftmax<V, T>.Scale(logits, Classes, T.CreateTruncating(Weights[row]) / sum);
        if (Smoothing != 0)
            RowSoftmax<V, T>.Add(logits, Classes, T.CreateTruncating(-Weights[row] * Smoothing / Classes));
        logits[Targets[row]] -= T.CreateTruncating(Weights[row] * (1 - Smoothing));
    }
}
