namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// A register of <see cref="Count"/> numbers. Kernels are written once on this interface, and the runtime compiles them for each
/// implementation: 16, 8 or 4 floats, one float, or one double (the reference for gradient checks).
/// </summary>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }
    /// <summary>The number of registers in the instruction set: it determines the number of accumulators of a matrix tile.</summary>
    static abstract int Registers { get; }
    static abstract TSelf Zero { get; }
    static abstract TSelf Constant(double value);
    static abstract TSelf Create(T value);
    static abstract TSelf Load(T* source);
    static abstract void Store(TSelf value, T* destination);
    static abstract TSelf operator +(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a, TSelf b);
    static abstract TSelf operator *(TSelf a, TSelf b);
    static abstract TSelf operator /(TSelf a, TSelf b);
    /// <summary>a · b + c, fused if the instruction set supports it.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);
    static abstract TSelf Max(TSelf a, TSelf b);
    /// <summary>Lane by lane: x, clamped to the two bounds; NaN stays NaN.</summary>
    static abstract TSelf Clamp(TSelf x, TSelf least, TSelf most);
    static abstract TSelf Sqrt(TSelf a);
    static abstract TSelf Round(TSelf a);
    /// <summary>x · 2^n for integral n between −126 and 127.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf x, TSelf n);
    /// <summary>Lane by lane: <paramref name="ifLess"/> where a &lt; b, else <paramref name="otherwise"/>.</summary>
    static abstract TSelf SelectLess(TSelf a, TSelf b, TSelf ifLess, TSelf otherwise);
    /// <summary>Lane by lane: <paramref name="ifBelow"/> where the lane's word is below the threshold, else
    /// <paramref name="otherwise"/>.</summary>
    static abstract TSelf SelectBelow(uint* words, uint threshold, TSelf ifBelow, TSelf otherwise);
    static abstract TSelf Exp(TSelf x);
    static abstract TSelf Erf(TSelf x);
    static abstract T Sum(TSelf value);
    static abstract T MaxAcross(TSelf value);
}
