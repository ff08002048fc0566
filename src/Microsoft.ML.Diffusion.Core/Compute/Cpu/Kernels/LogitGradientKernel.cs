using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The gradient of each row's weighted loss with respect to some classes' logits: weight · (softmax −
/// ε/classes − (1 − ε)·[target]).</summary>
internal unsafe struct LogitGradientKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[rows × Classes].</summary>
    public T* Logits, Gradients;
    /// <summary>[rows].</summary>
    public T* Weights;
    public int FirstClass, Classes, AllClasses;
    public int* Targets;
    public RowLogits* Rows;
    /// <summary>ε.</summary>
    public double Smoothing;

    public readonly void Execute(int row, int worker)
    {
        T* logits = Logits + (long)row * Classes, gradients = Gradients + (long)row * Classes;
        double weight = double.CreateTruncating(Weights[row]);
        RowSoftmax<V, T>.ScaledExponentials(
            logits, Classes, T.CreateTruncating(Rows[row].Max), T.CreateTruncating(weight / Rows[row].SumExp),
            T.CreateTruncating(-weight * Smoothing / AllClasses), gradients);
        int target = Targets[row] - FirstClass;
        if ((uint)target < (uint)Classes)
            gradients[target] -= T.CreateTruncating(weight * (1 - Smoothing));
    }
}
