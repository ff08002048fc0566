namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    /// <summary>The logits stored at a time for a backward: 128 MiB of floats.</summary>
    private const int LogitsKept = 1 << 25;

    /// <summary>
    /// The number of classes computed together, a multiple of any panel's columns: their logits stay in the last-level cache.
    /// </summary>
    private const int ClassBlock = 4128;

    private const int MostRows = 1024;

    private readonly RowLogits[] _rowLogits = new RowLogits[MostRows];

    public override Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights,
        Tensor? dx, double smoothing)
    {
        int block = dx is null ? MostRows : Math.Clamp(LogitsKept / weight.Rows, 32, MostRows);
        double total = 0;
        for (int first = 0; first < x.Rows; first += block)
        {
            CancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(block, x.Rows - first);
            Tensor? gradient = dx is Tensor all ? View(all, first, rows) : null;
            total += CrossEntropy(View(x, first, rows), weight, bias, Pointer(targets) + first, View(weights, first, rows),
                gradient, smoothing);
        }
        _losses.Add(total);
        return new Loss(_losses.Count - 1);
    }

    /// <summary>
    /// Computes a block of rows: one pass over the classes for each row's log Σ exp, and another for the backward, a number of classes at a
    /// time, so that logits are written to memory once and read once.
    /// </summary>
    private double CrossEntropy(Tensor x, Parameter weight, Parameter? bias, int* targets, Tensor weights, Tensor? dx, double smoothing)
    {
        int rows = x.Rows, classes = weight.Rows;
        ArenaMark mark = Mark();
        Tensor logits = Allocate(rows, dx is null ? Math.Min(classes, ClassBlock) : classes);
        Tensor gradients = Allocate(rows, dx is null ? 0 : Math.Min(classes, ClassBlock));
        var epilogue = new Epilogue<V, T> { Bias = bias is null ? null : CpuEngine<V, T>.Pointer(bias.Value) };
        T* factors = Pointer(weights);
        fixed (RowLogits* statistics = _rowLogits)
        {
            new Span<RowLogits>(statistics, rows).Fill(RowLogits.None);
            for (int first = 0; first < classes; first += ClassBlock)
            {
                int count = Math.Min(ClassBlock, classes - first);
                T* block = Block(first);
                TimesTransposed(Pointer(x), weight, first, count, block, rows, epilogue);
                _loops.Run(rows, new LogitStatisticsKernel<V, T>
                {
                    Logits = block, FirstClass = first, Classes = count, Targets = targets, Rows = statistics, WithTotal = smoothing != 0,
                });
            }
            double loss = 0;
            for (int row = 0; row < rows; row++)
                loss += double.CreateTruncating(factors[row]) * statistics[row].Loss(classes, smoothing);
            for (int first = 0; dx is Tensor gradient && first < classes; first += ClassBlock)
            {
                int count = Math.Min(ClassBlock, classes - first);
                T* block = Pointer(gradients);
                _loops.Run(rows, new LogitGradientKernel<V, T>
                {
                    Logits = Block(first), Gradients = block, FirstClass = first, Classes = count, AllClasses = classes,
                    Targets = targets, Weights = factors, Rows = statistics, Smoothing = smoothing,
                });
                Times(block, weight, first, count, Pointer(gradient), rows, accumulate: first > 0);
                WeightGradients(Pointer(x), block, rows, weight, bias, first, count);
            }
            Release(mark, []);
            return loss;
        }

        // Stored logits are ordered by block of classes.
        T* Block(int firstClass) => Pointer(logits) + (dx is null ? 0 : (long)rows * firstClass);
    }
}
