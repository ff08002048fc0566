using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>For each row of logits: weight · −log softmax(row)[target], and the row overwritten with its gradient if wished.</summary>
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
    public bool WithGradient;

    public readonly void Execute(int row, int worker)
    {
        T* logits = Logits + (long)row * Classes;
        T target = logits[Targets[row]];
        T max = RowSoftmax<V, T>.Max(logits, Classes);
        T sum = RowSoftmax<V, T>.Exponentials(logits, Classes, T.One, max);
        double nll = double.CreateTruncating(max - target) + Math.Log(double.CreateTruncating(sum));
        Losses[row] = Weights[row] * nll;
        if (!WithGradient)
            return;
        T weight = T.CreateTruncating(Weights[row]);
        RowSoftmax<V, T>.Scale(logits, Classes, weight / sum);
        logits[Targets[row]] -= weight;
    }
}
