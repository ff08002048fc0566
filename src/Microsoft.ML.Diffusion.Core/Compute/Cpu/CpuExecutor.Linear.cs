namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    /// <summary>
    /// The number of elements of a right-hand matrix that are packed at a time if it is not stored packed: they stay in the last-level
    /// cache.
    /// </summary>
    private const int PanelElements = 1 << 20;

    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
    {
        var epilogue = new Epilogue<V, T> { Bias = bias is null ? null : CpuEngine<V, T>.Pointer(bias.Value), Activation = activation };
        if (weight.Packed is QuantizedBuffer quantized)
        {
            long bytes = QuantizedGemm<V, T>.ScratchBytes(_loops.Count, x.Rows, x.Columns);
            byte* scratch = (byte*)Scratch((bytes + sizeof(T) - 1) / sizeof(T));
            QuantizedGemm<V, T>.Run(_loops, Pointer(x), quantized, Pointer(y), x.Rows, weight.Rows, weight.Columns, epilogue, scratch);
            return;
        }
        TimesTransposed(Pointer(x), weight, 0, weight.Rows, Pointer(y), x.Rows, epilogue);
    }

    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate)
    {
        if (dx is Tensor gradient)
            Times(Pointer(dy), weight, 0, weight.Rows, Pointer(gradient), x.Rows, accumulate);
        WeightGradients(Pointer(x), Pointer(dy), x.Rows, weight, bias, 0, weight.Rows);
    }

    /// <summary>
    /// y [rows × outputs] = x [rows × inputs] · weightᵀ, starting at one of the outputs: a multiple of a panel's columns.
    /// </summary>
    private void TimesTransposed(T* x, Parameter weight, int firstOutput, int outputs, T* y, int rows, Epilogue<V, T> epilogue)
    {
        int inputs = weight.Columns;
        T* scratch = Scratch(Gemm<V, T>.ScratchLength(_loops.Count, rows, inputs));
        if (weight.Packed is not null)
        {
            T* packed = CpuEngine<V, T>.Pointer(weight.Packed) + (long)firstOutput * inputs;
            Gemm<V, T>.Run(_loops, x, inputs, 1, packed, inputs, y, outputs, rows, outputs, inputs, false,
                epilogue.From(firstOutput), scratch);
            return;
        }
        T* values = CpuEngine<V, T>.Pointer(weight.Value) + (long)firstOutput * inputs;
        int block = PanelColumns(inputs);
        for (int first = 0; first < outputs; first += block)
        {
            int columns = Math.Min(block, outputs - first);
            T* panels = PanelBuffer(columns, inputs);
            PackTransposed<V, T>.Run(_loops, values + (long)first * inputs, inputs, inputs, columns, panels);
            Gemm<V, T>.Run(_loops, x, inputs, 1, panels, inputs, y + first, outputs, rows, columns, inputs, false,
                epilogue.From(firstOutput + first), scratch);
        }
    }

    /// <summary>dx [rows × inputs] = dy [rows × outputs] · weight, or dx += it, starting at one of the outputs.</summary>
    private void Times(T* dy, Parameter weight, int firstOutput, int outputs, T* dx, int rows, bool accumulate)
    {
        int inputs = weight.Columns;
        T* values = CpuEngine<V, T>.Pointer(weight.Value) + (long)firstOutput * inputs;
        // Whole blocks of the product's depth, so that the sums are the same as without splitting.
        int block = Math.Max(1, PanelElements / inputs / Gemm<V, T>.DepthBlock) * Gemm<V, T>.DepthBlock;
        for (int first = 0; first < outputs; first += block)
        {
            int depth = Math.Min(block, outputs - first);
            T* panels = PanelBuffer(inputs, depth);
            PackRows<V, T>.Run(_loops, values + (long)first * inputs, inputs, depth, inputs, panels);
            T* scratch = Scratch(Gemm<V, T>.ScratchLength(_loops.Count, rows, depth));
            Gemm<V, T>.Run(_loops, dy + first, outputs, 1, panels, depth, dx, inputs, rows, inputs, depth, accumulate || first > 0,
                default, scratch);
        }
    }

    /// <summary>
    /// weight.Gradient += dyᵀ · x; bias.Gradient += the column sums of dy [rows × outputs]; starting at one of the outputs.
    /// </summary>
    private void WeightGradients(T* x, T* dy, int rows, Parameter weight, Parameter? bias, int firstOutput, int outputs)
    {
        int inputs = weight.Columns;
        if (weight.Gradient is not null)
        {
            T* gradient = CpuEngine<V, T>.Pointer(weight.Gradient) + (long)firstOutput * inputs;
            T* scratch = Scratch(Gemm<V, T>.ScratchLength(_loops.Count, outputs, rows));
            int block = PanelColumns(rows);
            for (int first = 0; first < inputs; first += block)
            {
                int columns = Math.Min(block, inputs - first);
                T* panels = PanelBuffer(columns, rows);
                PackRows<V, T>.Run(_loops, x + first, inputs, rows, columns, panels);
                Gemm<V, T>.Run(_loops, dy, 1, outputs, panels, rows, gradient + first, inputs, outputs, columns, rows, true,
                    default, scratch);
            }
        }
        if (bias?.Gradient is not null)
            ColumnSumKernel<V, T>.Run(_loops, dy, outputs, rows, outputs, CpuEngine<V, T>.Pointer(bias.Gradient) + firstOutput);
    }

    /// <summary>The number of columns of a right-hand matrix of some depth that are packed at a time: whole panels.</summary>
    private static int PanelColumns(int depth)
    {
        int width = Panels.Width<V, T>();
        return Math.Max(1, PanelElements / Math.Max(1, depth) / width) * width;
    }

    private T* PanelBuffer(int columns, int depth) => Ensure(ref _panels, Panels.Length<V, T>(columns, depth));
}
