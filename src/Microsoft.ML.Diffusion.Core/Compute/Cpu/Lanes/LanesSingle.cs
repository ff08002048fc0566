using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>One float: for processors without usable vectors, and the reference for the other widths.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct LanesSingle(float value) : ILanes<LanesSingle, float>
{
    private readonly float _value = value;

    public static int Count => 1;
    public static int Registers => 16;
    public static LanesSingle Zero => new(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Constant(double value) => new((float)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Create(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Load(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesSingle value, float* destination) => *destination = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle operator +(LanesSingle a, LanesSingle b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle operator -(LanesSingle a, LanesSingle b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle operator *(LanesSingle a, LanesSingle b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle operator /(LanesSingle a, LanesSingle b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle MultiplyAdd(LanesSingle a, LanesSingle b, LanesSingle c) => new(a._value * b._value + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Max(LanesSingle a, LanesSingle b) => new(MathF.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Clamp(LanesSingle x, LanesSingle least, LanesSingle most) => x._value < least._value ? least
        : x._value > most._value ? most : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Sqrt(LanesSingle a) => new(MathF.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Round(LanesSingle a) => new(MathF.Round(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle ScaleByPowerOfTwo(LanesSingle x, LanesSingle n) => new(MathF.ScaleB(x._value, (int)n._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle SelectLess(LanesSingle a, LanesSingle b, LanesSingle ifLess, LanesSingle otherwise) =>
        a._value < b._value ? ifLess : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle SelectBelow(uint* words, uint threshold, LanesSingle ifBelow, LanesSingle otherwise) =>
        *words < threshold ? ifBelow : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Exp(LanesSingle x) => FloatFunctions.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesSingle Erf(LanesSingle x) => FloatFunctions.Erf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(LanesSingle value) => value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(LanesSingle value) => value._value;
}
