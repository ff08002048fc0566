using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>The values of one column in the rows that a cursor has read ahead.</summary>
internal abstract class ColumnBuffer
{
    private static readonly MethodInfo s_ofValues = Method(nameof(OfValues)), s_ofVectors = Method(nameof(OfVectors));

    /// <summary>Whether a column can be read ahead: its values do not change when the cursor moves on, and can be copied.</summary>
    public static bool Takes(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    /// <summary>Creates a buffer of <paramref name="capacity"/> rows.</summary>
    /// <param name="input">The row to read values from.</param>
    /// <param name="column">The column, which <see cref="Takes"/> accepts.</param>
    /// <param name="capacity">The number of rows.</param>
    public static ColumnBuffer Create(DataViewRow input, DataViewSchema.Column column, int capacity)
    {
        (MethodInfo method, Type type) = column.Type is VectorDataViewType vector ? (s_ofVectors, vector.ItemType.RawType)
            : (s_ofValues, column.Type.RawType);
        return (ColumnBuffer)method.MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [input, column, capacity], null)!;
    }

    /// <summary>Stores the value of the input's current row.</summary>
    /// <param name="slot">The slot to store it in.</param>
    public abstract void Read(int slot);

    /// <summary>Creates a <see cref="ValueGetter{TValue}"/> of the value in the current slot.</summary>
    public abstract Delegate MakeGetter(Func<int> slot);

    private static MethodInfo Method(string name) => typeof(ColumnBuffer).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static Buffer<TValue> OfValues<TValue>(DataViewRow input, DataViewSchema.Column column, int capacity) =>
        new(input, column, capacity, static (ref readonly TValue from, ref TValue to) => to = from);

    private static Buffer<VBuffer<TItem>> OfVectors<TItem>(DataViewRow input, DataViewSchema.Column column, int capacity) =>
        new(input, column, capacity, static (ref readonly VBuffer<TItem> from, ref VBuffer<TItem> to) => from.CopyTo(ref to));

    /// <summary>Hands out a copy, because the receiver may change the value.</summary>
    private delegate void Copy<TValue>(ref readonly TValue from, ref TValue to);

    private sealed class Buffer<TValue>(DataViewRow input, DataViewSchema.Column column, int capacity, Copy<TValue> copy) : ColumnBuffer
    {
        private readonly ValueGetter<TValue> _get = input.GetGetter<TValue>(column);
        private readonly TValue[] _values = new TValue[capacity];

        public override void Read(int slot) => _get(ref _values[slot]);

        public override Delegate MakeGetter(Func<int> slot) =>
            (ValueGetter<TValue>)((ref TValue value) => copy(ref _values[slot()], ref value));
    }
}
