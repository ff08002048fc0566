namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns)
    {
        fixed (double* sums = logSumExp)
        fixed (float* top = values)
        fixed (int* places = columns)
        {
            _loops.Run(x.Rows, new TopKernel<V, T>
            {
                X = Pointer(x), Scratch = Scratch((long)_loops.Count * count), Width = x.Columns, Count = count, LogSumExp = sums,
                    Values = top, Columns = places,
            });
        }
    }
}
