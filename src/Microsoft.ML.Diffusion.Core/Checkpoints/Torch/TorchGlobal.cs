using System.Text;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// One of the few Python names that a pickle may refer to. They stand for data that this reader knows; there is nothing behind them that
/// could run.
/// </summary>
internal sealed class TorchGlobal
{
    private const int LongestName = 64;

    private static readonly Dictionary<string, TorchGlobal> s_known = All().ToDictionary(global => global.Name, StringComparer.Ordinal);

    private TorchGlobal(string name, TorchGlobalKind kind, string? type = null)
    {
        Name = name;
        Kind = kind;
        Type = type is null ? null : StoredType.Find(Encoding.ASCII.GetBytes(type));
    }

    /// <summary>The module and the name in it.</summary>
    public string Name { get; }

    public TorchGlobalKind Kind { get; }

    /// <summary>Of a storage or a dtype, the element type; null for a storage of bytes.</summary>
    public StoredType? Type { get; }

    /// <summary>The known name, or null.</summary>
    public static TorchGlobal? Find(ReadOnlySpan<byte> module, ReadOnlySpan<byte> name)
    {
        if (module.Length + name.Length >= LongestName)
            return null;
        Span<char> whole = stackalloc char[module.Length + 1 + name.Length];
        Encoding.Latin1.GetChars(module, whole);
        whole[module.Length] = '.';
        Encoding.Latin1.GetChars(name, whole[(module.Length + 1)..]);
        return s_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(whole, out TorchGlobal? global) ? global : null;
    }

    private static IEnumerable<TorchGlobal> All()
    {
        yield return new("collections.OrderedDict", TorchGlobalKind.Table);
        yield return new("torch.Size", TorchGlobalKind.Size);
        yield return new("torch._utils._rebuild_tensor_v2", TorchGlobalKind.Tensor);
        yield return new("torch._utils._rebuild_tensor_v3", TorchGlobalKind.TypedTensor);
        yield return new("torch._utils._rebuild_parameter", TorchGlobalKind.Parameter);
        yield return new("torch._utils._rebuild_parameter_with_state", TorchGlobalKind.ParameterWithState);
        yield return new("torch.storage.UntypedStorage", TorchGlobalKind.Storage);
        (string Storage, string Type)[] storages =
        [
            ("Float", "F32"), ("Half", "F16"), ("BFloat16", "BF16"), ("Double", "F64"), ("Long", "I64"), ("Int", "I32"), ("Short", "I16"),
            ("Char", "I8"), ("Byte", "U8"), ("Bool", "BOOL"),
        ];
        foreach ((string storage, string type) in storages)
            yield return new($"torch.{storage}Storage", TorchGlobalKind.Storage, type);
        (string Type, string Stored)[] types =
        [
            ("float32", "F32"), ("float16", "F16"), ("bfloat16", "BF16"), ("float64", "F64"), ("int64", "I64"), ("int32", "I32"),
            ("int16", "I16"), ("int8", "I8"), ("uint8", "U8"), ("uint16", "U16"), ("uint32", "U32"), ("uint64", "U64"), ("bool", "BOOL"),
            ("float8_e4m3fn", "F8_E4M3"), ("float8_e5m2", "F8_E5M2"),
        ];
        foreach ((string type, string stored) in types)
            yield return new($"torch.{type}", TorchGlobalKind.ElementType, stored);
    }
}
