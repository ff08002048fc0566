namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>Properties of element types.</summary>
internal static class OnnxDataTypes
{
    /// <summary>The bytes of an element; 0 for a type that is not read.</summary>
    public static int SizeOf(OnnxDataType type) => type switch
    {
        OnnxDataType.UInt8 or OnnxDataType.Int8 or OnnxDataType.Bool => 1,
        OnnxDataType.UInt16 or OnnxDataType.Int16 or OnnxDataType.Float16 or OnnxDataType.BFloat16 => 2,
        OnnxDataType.Float or OnnxDataType.Int32 or OnnxDataType.UInt32 => 4,
        OnnxDataType.Double or OnnxDataType.Int64 or OnnxDataType.UInt64 => 8,
        _ => 0,
    };

    /// <summary>Whether elements are floating-point numbers.</summary>
    public static bool IsFloat(OnnxDataType type) =>
        type is OnnxDataType.Float or OnnxDataType.Float16 or OnnxDataType.BFloat16 or OnnxDataType.Double;
}
