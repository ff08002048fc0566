namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    /// <summary>Logits kept at a time by <see cref="LinearCrossEntropy"/>: 32 MiB of floats.</summary>
    private const int LogitsInBlock = 1 << 23;

    private T* GemmScratch => Scratch((long)_workers.Count * Gemm<V, T>.ScratchLength);

    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
    {
        CheckShapes(x, weight, y);
        var epilogue = new Epilogue<V, T> { Bias = bias is null ? null : CpuEngine<V, T>.Pointer(bias.Value), Activation = activation };
        if (weight.Packed is QuantizedBuffer quantized)
        {
            long bytes = QuantizedGemm<V, T>.ScratchBytes(_workers.Count, x.Rows, x.Columns);
            byte* scratch = (byte*)Scratch((bytes + sizeof(T) - 1) / sizeof(T));
            QuantizedGemm<V, T>.Run(_workers, Pointer(x), quantized, Pointer(y), x.Rows, weight.Rows, weight.Columns, epilogue, scratch);
            return;
        }
        Gemm<V, T>.Run(
            _workers, Pointer(x), x.Columns, 1, TransposedPanels(weight), Pointer(y), y.Columns, x.Rows, weight.Rows, weight.Columns, false, epilogue, GemmScratch);
    }

    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate)
    {
        if (dx is Tensor gradient)
        {
            T* panels = RowPanels(CpuEngine<V, T>.Pointer(weight.Value), weight.Columns, weight.Rows, weight.Columns);
            Gemm<V, T>.Run(
                _workers, Pointer(dy), dy.Columns, 1, panels, Pointer(gradient), gradient.Columns, x.Rows, weight.Columns, weight.Rows, accumulate, default, GemmScratch);
        }
        WeightGradients(Pointer(x), Pointer(dy), x.Rows, weight, bias);
    }

    public override double LinearCrossEntropy(
        Tensor x, Parameter weight, Parameter? bias, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, Tensor? dx, double smoothing = 0)
    {
        if (targets.Length != x.Rows || weights.Length != x.Rows)
            throw new ArgumentException($"{x.Rows} rows were given {targets.Length} targets and {weights.Length} weights; expected one of each for a row.");
        if (!(smoothing >= 0 && smoothing < 1))
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Label smoothing must be in [0, 1).");
        foreach (int target in targets)
        {
            if ((uint)target >= (uint)weight.Rows)
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target must be in [0, {weight.Rows}).");
        }
        int classes = weight.Rows;
        int block = Math.Clamp(LogitsInBlock / classes, 32, 1024);
        ArenaMark mark = Mark();
        Tensor logits = Allocate(Math.Min(block, x.Rows), classes);
        var epilogue = new Epilogue<V, T> { Bias = bias is null ? null : CpuEngine<V, T>.Pointer(bias.Value) };
        double[] losses = System.Buffers.ArrayPool<double>.Shared.Rent(x.Rows);
        for (int first = 0; first < x.Rows; first += block)
        {
            CancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(block, x.Rows - first);
            T* input = Pointer(x) + (long)first * x.Columns;
            Gemm<V, T>.Run(_workers, input, x.Columns, 1, TransposedPanels(weight), Pointer(logits), classes, rows, classes, x.Columns, false, epilogue, GemmScratch);
            fixed (int* target = targets[first..])
            fixed (float* factor = weights[first..])
            fixed (double* loss = &losses[first])
            {
                _workers.Run(rows, new SoftmaxCrossEntropyKernel<V, T>
                {
                    Logits = Pointer(logits),
                    Targets = target,
                    Weights = factor,
                    Losses = loss,
                    Classes = classes,
                    Smoothing = smoothing,
                    WithGradient = dx is not null,
                });
            }
            if (dx is not Tensor gradient)
                continue;
            T* panels = RowPanels(CpuEngine<V, T>.Pointer(weight.Value), weight.Columns, classes, weight.Columns);
            Gemm<V, T>.Run(
                _workers, Pointer(logits), classes, 1, panels, Pointer(gradient) + (long)first * x.Columns, x.Columns, rows, x.Columns, classes, false, default, GemmScratch);
            WeightGradients(input, Pointer(logits), rows, weight, bias);
        }
        double total = 0;
        for (int i = 0; i < x.Rows; i++)
            total += losses[i];
        System.Buffers.ArrayPool<double>.Shared.Return(losses);
        Release(mark, []);
        return total;
    }

    /// <summary>weight.Gradient += dyᵀ · x; bias.Gradient += the column sums of dy.</summary>
    private void WeightGradients(T* x, T* dy, int rows, Parameter weight, Parameter? bias)
    {
        if (weight.Gradient is not null)
        {
            T* panels = RowPanels(x, weight.Columns, rows, weight.Columns);
            Gemm<V, T>.Run(
                _workers, dy, 1, weight.Rows, panels, CpuEngine<V, T>.Pointer(weight.Gradient), weight.Columns, weight.Rows, weight.Columns, rows, true, default, GemmScratch);
        }
        if (bias?.Gradient is not null)
            ColumnSumKernel<V, T>.Run(_workers, dy, weight.Rows, rows, weight.Rows, CpuEngine<V, T>.Pointer(bias.Gradient));
    }

    private static void CheckShapes(Tensor x, Parameter weight, Tensor y)
    {
        if (x.Columns != weight.Columns || y.Columns != weight.Rows || x.Rows != y.Rows)
            throw new ArgumentException($"'{weight.Name}' is {weight.Rows} × {weight.Columns}: it takes {x.Rows} × {weight.Columns} to {x.Rows} × {weight.Rows}, but was given {x.Rows} × {x.Columns} and {y.Rows} × {y.Columns}.");
    }
}
