using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Adds some classes' logits to each row's statistics: the largest logit, Σ exp, the target's logit (online softmax, Milakov and Gimelshein
/// 2018).
/// </summary>
internal unsafe struct LogitStatisticsKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[rows × Classes].</summary>
    public T* Logits;
    public int FirstClass, Classes;
    public int* Targets;
    public RowLogits* Rows;
    public bool WithTotal;

    public readonly void Execute(int row, int worker)
    {
        T* logits = Logits + (long)row * Classes;
        RowLogits known = Rows[row];
        T max = RowSoftmax<V, T>.Max(logits, Classes);
        double larger = Math.Max(known.Max, double.CreateTruncating(max));
        // Before the first classes the sum is 0, which avoids ∞ − ∞.
        double before = known.SumExp == 0 ? 0 : known.SumExp * Math.Exp(known.Max - larger);
        known.SumExp = before + double.CreateTruncating(RowSoftmax<V, T>.SumExponentials(logits, Classes, T.CreateTruncating(larger)));
        known.Max = larger;
        int target = Targets[row] - FirstClass;
        if ((uint)target < (uint)Classes)
            known.Target = double.CreateTruncating(logits[target]);
        if (WithTotal)
            known.Total += double.CreateTruncating(RowSoftmax<V, T>.Sum(logits, Classes));
        Rows[row] = known;
    }
}
