using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The steps of a softmax over one row.</summary>
internal static unsafe class RowSoftmax<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The largest element.</summary>
    public static T Max(T* x, int count)
    {
        V lowest = V.Create(T.NegativeInfinity);
        // Two registers, since each maximum waits for the previous one.
        V even = lowest, odd = lowest;
        int i = 0;
        for (; i <= count - 2 * V.Count; i += 2 * V.Count)
        {
            even = V.Max(even, V.Load(x + i));
            odd = V.Max(odd, V.Load(x + i + V.Count));
        }
        for (; i < count; i += V.Count)
            even = V.Max(even, i <= count - V.Count ? V.Load(x + i) : Tail.Load(x + i, count - i, lowest));
        return V.MaxAcross(V.Max(even, odd));
    }

    /// <summary>The sum of the elements.</summary>
    public static T Sum(T* x, int count)
    {
        V sum = V.Zero;
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            sum += V.Load(x + i);
        if (i < count)
            sum += Tail.Load<V, T>(x + i, count - i);
        return V.Sum(sum);
    }

    /// <summary>Σ e^(x − shift).</summary>
    public static T SumExponentials(T* x, int count, T shift)
    {
        V offset = V.Create(shift), lowest = V.Create(T.NegativeInfinity), sum = V.Zero;
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            sum += V.Exp(V.Load(x + i) - offset);
        if (i < count)
            sum += V.Exp(Tail.Load(x + i, count - i, lowest) - offset);
        return V.Sum(sum);
    }

    /// <summary>x = e^(scale · x − shift); returns the sum.</summary>
    public static T Exponentials(T* x, int count, T scale, T shift)
    {
        V factor = V.Create(scale), offset = V.Zero - V.Create(shift), lowest = V.Create(T.NegativeInfinity);
        V sum = V.Zero;
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V e = V.Exp(V.MultiplyAdd(V.Load(x + i), factor, offset));
            V.Store(e, x + i);
            sum += e;
        }
        if (i < count)
        {
            V e = V.Exp(V.MultiplyAdd(Tail.Load(x + i, count - i, lowest), factor, offset));
            Tail.Store(e, x + i, count - i);
            sum += e;
        }
        return V.Sum(sum);
    }

    /// <summary>y = factor · e^(x − shift) + term.</summary>
    public static void ScaledExponentials(T* x, int count, T shift, T factor, T term, T* y)
    {
        V offset = V.Create(shift), f = V.Create(factor), t = V.Create(term);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            V.Store(V.MultiplyAdd(V.Exp(V.Load(x + i) - offset), f, t), y + i);
        if (i < count)
            Tail.Store(V.MultiplyAdd(V.Exp(Tail.Load<V, T>(x + i, count - i) - offset), f, t), y + i, count - i);
    }

    /// <summary>x = factor · x.</summary>
    public static void Scale(T* x, int count, T factor)
    {
        V f = V.Create(factor);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            V.Store(V.Load(x + i) * f, x + i);
        if (i < count)
            Tail.Store(Tail.Load<V, T>(x + i, count - i) * f, x + i, count - i);
    }
}
