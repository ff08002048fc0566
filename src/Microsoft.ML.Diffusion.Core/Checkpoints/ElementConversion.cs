using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Converts stored elements to float32 and back. Bytes are little-endian on disk and are not swapped, so the machine must be little-endian,
/// like every platform of .NET 10 except s390x. Sources and destinations need no alignment.
/// </summary>
internal static class ElementConversion
{
    public static int Size(ElementType elementType) => StoredType.Of(elementType).Bits / 8;

    /// <summary>The same for every readable type; F64 is rounded to the nearest float32.</summary>
    public static void Widen(ReadOnlySpan<byte> source, StoredType type, Span<float> destination)
    {
        if (type.ElementType is ElementType elementType)
            Widen(source, elementType, destination);
        else if (type.IsReadable)
            TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(source), destination);
        else
            throw new ArgumentOutOfRangeException(nameof(type));
    }

    /// <summary>Exact: every stored value has a float32. A NaN stays NaN.</summary>
    public static void Widen(ReadOnlySpan<byte> source, ElementType elementType, Span<float> destination)
    {
        switch (elementType)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case ElementType.BFloat16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<float, uint>(destination));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(elementType));
        }
    }

    /// <summary>Rounds to nearest, ties to even; overflow becomes infinity, and a NaN becomes a quiet NaN.</summary>
    public static void Narrow(ReadOnlySpan<float> source, ElementType elementType, Span<byte> destination)
    {
        switch (elementType)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case ElementType.BFloat16:
                NarrowBFloat16(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(elementType));
        }
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            Vector.ShiftLeft(low, 16).CopyTo(destination[i..]);
            Vector.ShiftLeft(high, 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++)
            destination[i] = (uint)source[i] << 16;
    }

    private static void NarrowBFloat16(ReadOnlySpan<uint> source, Span<ushort> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector<uint> low = RoundToBFloat16(new Vector<uint>(source[i..]));
            Vector<uint> high = RoundToBFloat16(new Vector<uint>(source[(i + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++)
        {
            uint bits = source[i];
            bool isNaN = (bits & 0x7FFF_FFFF) > 0x7F80_0000;
            destination[i] = (ushort)(isNaN ? bits >> 16 | 0x40 : bits + 0x7FFF + (bits >> 16 & 1) >> 16);
        }
    }

    private static Vector<uint> RoundToBFloat16(Vector<uint> bits)
    {
        Vector<uint> upper = Vector.ShiftRightLogical(bits, 16);
        Vector<uint> isNaN = Vector.GreaterThan(bits & new Vector<uint>(0x7FFF_FFFF), new Vector<uint>(0x7F80_0000));
        Vector<uint> rounded = Vector.ShiftRightLogical(bits + new Vector<uint>(0x7FFF) + (upper & Vector<uint>.One), 16);
        return Vector.ConditionalSelect(isNaN, upper | new Vector<uint>(0x40), rounded);
    }
}
