using System.Buffers.Binary;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>Reads one element of a tensor.</summary>
internal static class ElementReader
{
    /// <summary>Converts the bytes of an element.</summary>
    public delegate T Convert<out T>(ReadOnlySpan<byte> bytes, OnnxDataType type);

    /// <summary>An element as a floating-point number.</summary>
    public static double Number(ReadOnlySpan<byte> bytes, OnnxDataType type) => type switch
    {
        OnnxDataType.Float => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        OnnxDataType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        OnnxDataType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        OnnxDataType.Double => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => Integer(bytes, type),
    };

    /// <summary>An element as an integer.</summary>
    public static long Integer(ReadOnlySpan<byte> bytes, OnnxDataType type) => type switch
    {
        OnnxDataType.UInt8 => bytes[0],
        OnnxDataType.Bool => bytes[0] == 0 ? 0 : 1,
        OnnxDataType.Int8 => (sbyte)bytes[0],
        OnnxDataType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        OnnxDataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        OnnxDataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        OnnxDataType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        OnnxDataType.Int64 or OnnxDataType.UInt64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => (long)Number(bytes, type),
    };
}
