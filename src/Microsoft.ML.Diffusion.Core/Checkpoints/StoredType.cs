namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The element types of the safetensors format. All of them are known, so that a file with types that are never read (BERT's
/// <c>position_ids</c> are <c>I64</c>) can be opened; only floating-point numbers of 16 bits and more can be read.
/// </summary>
internal sealed class StoredType
{
    private static readonly StoredType[] s_all =
    [
        new("F32", 32, Checkpoints.ElementType.Float32), new("F16", 16, Checkpoints.ElementType.Float16),
        new("BF16", 16, Checkpoints.ElementType.BFloat16),
        new("F64", 64, isReadable: true), new("I64", 64), new("U64", 64), new("C64", 64), new("I32", 32), new("U32", 32),
        new("I16", 16), new("U16", 16), new("I8", 8), new("U8", 8), new("BOOL", 8),
        new("F8_E4M3", 8), new("F8_E5M2", 8), new("F8_E8M0", 8), new("F6_E2M3", 6), new("F6_E3M2", 6), new("F4", 4),
    ];

    private StoredType(string name, int bits, ElementType? elementType = null, bool isReadable = false)
    {
        Name = name;
        Bits = bits;
        ElementType = elementType;
        IsReadable = isReadable || elementType is not null;
    }

    public string Name { get; }

    public int Bits { get; }

    /// <summary>The type under which tensors are written, or null if it is never written.</summary>
    public ElementType? ElementType { get; }

    /// <summary>Whether elements can be read as float32.</summary>
    public bool IsReadable { get; }

    public static StoredType Of(ElementType elementType) => elementType is >= Checkpoints.ElementType.Float32
        and <= Checkpoints.ElementType.BFloat16
        ? s_all[(int)elementType]
        : throw new ArgumentOutOfRangeException(nameof(elementType), elementType, "Expected Float32, Float16 or BFloat16.");

    /// <summary>The type with a name in UTF-8, or null.</summary>
    public static StoredType? Find(ReadOnlySpan<byte> name)
    {
        foreach (StoredType type in s_all)
        {
            if (name.Length == type.Name.Length && System.Text.Ascii.Equals(name, type.Name))
                return type;
        }
        return null;
    }
}
