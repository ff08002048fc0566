using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>An activation's value and slope.</summary>
internal interface IActivation<V>
{
    static abstract V Value(V x);
    static abstract V Slope(V x);
}

internal readonly struct Identity<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x) => V.Constant(1);
}

internal readonly struct Gelu<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    private const double InverseRootTwo = 0.70710678118654752;
    private const double InverseRootTwoPi = 0.39894228040143268;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => x * Distribution(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x) =>
        V.MultiplyAdd(x * V.Constant(InverseRootTwoPi), V.Exp(x * x * V.Constant(-0.5)), Distribution(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Distribution(V x) => V.MultiplyAdd(V.Constant(0.5), V.Erf(x * V.Constant(InverseRootTwo)), V.Constant(0.5));
}

internal readonly struct GeluTanh<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    private const double RootTwoOverPi = 0.79788456080286536;
    private const double Cubic = 0.044715;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => V.Constant(0.5) * x * (V.Constant(1) + Tanh<V, T>.Value(Inner(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x)
    {
        V t = Tanh<V, T>.Value(Inner(x));
        V inner = V.MultiplyAdd(x * x, V.Constant(3 * Cubic * RootTwoOverPi), V.Constant(RootTwoOverPi));
        return V.Constant(0.5) * (V.Constant(1) + t + x * (V.Constant(1) - t * t) * inner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inner(V x) => V.Constant(RootTwoOverPi) * V.MultiplyAdd(x * x * x, V.Constant(Cubic), x);
}

internal readonly struct Relu<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => V.Max(x, V.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x) => V.SelectLess(V.Zero, x, V.Constant(1), V.Zero);
}

internal readonly struct Tanh<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => V.Constant(1) - V.Constant(2) / (V.Exp(x * V.Constant(2)) + V.Constant(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x)
    {
        V t = Value(x);
        return V.Constant(1) - t * t;
    }
}

internal readonly struct Silu<V, T> : IActivation<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => x / (V.Constant(1) + V.Exp(V.Zero - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x)
    {
        V s = V.Constant(1) / (V.Constant(1) + V.Exp(V.Zero - x));
        return s * V.MultiplyAdd(x, V.Constant(1) - s, V.Constant(1));
    }
}
