using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>Reads keys of all four types as uint: 0 for a missing key, 1 for the first.</summary>
internal static class KeyGetter
{
    /// <summary>Creates a getter of a key column.</summary>
    public static Func<ulong> Of(DataViewRow row, DataViewSchema.Column column) => Type.GetTypeCode(column.Type.RawType) switch
    {
        TypeCode.Byte => Of<byte>(row, column, key => key),
        TypeCode.UInt16 => Of<ushort>(row, column, key => key),
        TypeCode.UInt32 => Of<uint>(row, column, key => key),
        _ => Of<ulong>(row, column, key => key),
    };

    /// <summary>Creates a getter of a column of vectors of keys: all slots, a missing one as 0.</summary>
    public static Func<IEnumerable<ulong>> OfVector(DataViewRow row, DataViewSchema.Column column) =>
        Type.GetTypeCode(((VectorDataViewType)column.Type).ItemType.RawType) switch
    {
        TypeCode.Byte => OfVector<byte>(row, column, key => key),
        TypeCode.UInt16 => OfVector<ushort>(row, column, key => key),
        TypeCode.UInt32 => OfVector<uint>(row, column, key => key),
        _ => OfVector<ulong>(row, column, key => key),
    };

    private static Func<ulong> Of<TKey>(DataViewRow row, DataViewSchema.Column column, Func<TKey, ulong> widen)
    {
        ValueGetter<TKey> get = row.GetGetter<TKey>(column);
        TKey key = default!;
        return () =>
        {
            get(ref key);
            return widen(key);
        };
    }

    private static Func<IEnumerable<ulong>> OfVector<TKey>(DataViewRow row, DataViewSchema.Column column, Func<TKey, ulong> widen)
    {
        ValueGetter<VBuffer<TKey>> get = row.GetGetter<VBuffer<TKey>>(column);
        VBuffer<TKey> keys = default;
        return () =>
        {
            get(ref keys);
            return keys.DenseValues().Select(widen);
        };
    }
}
