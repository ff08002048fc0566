using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>One double: the reference with which every gradient is compared against finite differences.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct LanesDouble(double value) : ILanes<LanesDouble, double>
{
    private readonly double _value = value;

    public static int Count => 1;
    public static int Registers => 16;
    public static LanesDouble Zero => new(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Constant(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Create(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Load(double* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesDouble value, double* destination) => *destination = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble operator +(LanesDouble a, LanesDouble b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble operator -(LanesDouble a, LanesDouble b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble operator *(LanesDouble a, LanesDouble b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble operator /(LanesDouble a, LanesDouble b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble MultiplyAdd(LanesDouble a, LanesDouble b, LanesDouble c) => new(a._value * b._value + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Max(LanesDouble a, LanesDouble b) => new(Math.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Clamp(LanesDouble x, LanesDouble least, LanesDouble most) => x._value < least._value ? least
        : x._value > most._value ? most : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Sqrt(LanesDouble a) => new(Math.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Round(LanesDouble a) => new(Math.Round(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble ScaleByPowerOfTwo(LanesDouble x, LanesDouble n) => new(Math.ScaleB(x._value, (int)n._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble SelectLess(LanesDouble a, LanesDouble b, LanesDouble ifLess, LanesDouble otherwise) =>
        a._value < b._value ? ifLess : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble SelectBelow(uint* words, uint threshold, LanesDouble ifBelow, LanesDouble otherwise) =>
        *words < threshold ? ifBelow : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Exp(LanesDouble x) => new(Math.Exp(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesDouble Erf(LanesDouble x) => new(DoubleFunctions.Erf(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(LanesDouble value) => value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MaxAcross(LanesDouble value) => value._value;
}
