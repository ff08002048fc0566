using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed partial class ValueToKeyMappingTransformer
{
    /// <summary>The values of one column that have keys.</summary>
    private abstract class Vocabulary(PrimitiveDataViewType type)
    {
        private const byte TextCode = 0;
        private const byte CodecCode = 1;
        public PrimitiveDataViewType Type => type;
        public KeyDataViewType KeyType => new(typeof(uint), Math.Max(Count, 1));
        protected abstract int Count { get; }

        public static Vocabulary Create(DataViewType type)
        {
            Contracts.Check(type is PrimitiveDataViewType and not KeyDataViewType, $"The stand-in makes no keys of values of type '{type}'.");
            return (Vocabulary)Activator.CreateInstance(typeof(Vocabulary<>).MakeGenericType(type.RawType), type);
        }

        /// <summary>Text is kept as ids of the model's strings, numbers as ML.NET's binary data format keeps them: name, no parameters, values.</summary>
        public static Vocabulary Load(ModelLoadContext ctx)
        {
            bool isText = ctx.Reader.ReadByte() == TextCode;
            Vocabulary vocabulary = Create(isText ? TextDataViewType.Instance : ColumnTypeExtensions.NumberTypeFromType(System.Type.GetType("System." + ctx.Reader.ReadString())));
            if (!isText)
                ctx.Reader.Read7BitEncodedInt();
            vocabulary.Read(ctx, ctx.Reader.ReadInt32());
            return vocabulary;
        }

        public void Save(ModelSaveContext ctx)
        {
            ctx.Writer.Write(type is TextDataViewType ? TextCode : CodecCode);
            if (type is not TextDataViewType)
            {
                Contracts.Check(type is NumberDataViewType, $"The stand-in saves no keys of values of type '{type}'.");
                ctx.Writer.Write(type.RawType.Name);
                ctx.Writer.Write7BitEncodedInt(0);
            }
            ctx.Writer.Write(Count);
            Write(ctx);
        }

        public abstract void Learn(IHost host, IDataView data, DataViewSchema.Column column, int most, bool sort);
        public abstract void AddKeyValues(DataViewSchema.Annotations.Builder annotations, bool asText);
        public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);
        protected abstract void Read(ModelLoadContext ctx, int count);
        protected abstract void Write(ModelSaveContext ctx);
    }

    private sealed class Vocabulary<T>(PrimitiveDataViewType type) : Vocabulary(type)
        where T : struct
    {
        private readonly List<T> _values = [];
        private readonly Dictionary<T, uint> _keys = new(TextComparer.Instance as IEqualityComparer<T>);
        protected override int Count => _values.Count;

        public override void Learn(IHost host, IDataView data, DataViewSchema.Column column, int most, bool sort)
        {
            IEnumerable<T> values = column.Type is VectorDataViewType
                ? data.GetColumn<VBuffer<T>>(column.Name).SelectMany(vector => vector.DenseValues())
                : data.GetColumn<T>(column.Name);
            foreach (T value in values.TakeWhile(_ => Count < most))
            {
                host.CheckAlive();
                if (value is not (float.NaN or double.NaN or ReadOnlyMemory<char> { IsEmpty: true }))
                    Add(value);
            }
            if (!sort)
                return;
            T[] sorted = [.. _values.Order(TextComparer.Instance as IComparer<T>)];
            _values.Clear();
            _keys.Clear();
            Array.ForEach(sorted, Add);
        }

        public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations, bool asText)
        {
            if (Count == 0)
                return;
            if (asText)
                annotations.AddKeyValues(Count, TextDataViewType.Instance, Getter([.. _values.Select(value => TextOf(value).AsMemory())]));
            else
                annotations.AddKeyValues(Count, Type, Getter([.. _values]));

            static ValueGetter<VBuffer<TItem>> Getter<TItem>(TItem[] items) => (ref VBuffer<TItem> value) => new VBuffer<TItem>(items.Length, items).CopyTo(ref value);
        }

        public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is not VectorDataViewType)
            {
                ValueGetter<T> getValue = row.GetGetter<T>(column);
                T value = default;
                return (ValueGetter<uint>)((ref uint key) =>
                {
                    getValue(ref value);
                    key = _keys.GetValueOrDefault(value);
                });
            }
            ValueGetter<VBuffer<T>> getVector = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> vector = default;
            return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> keys) =>
            {
                getVector(ref vector);
                keys = new VBuffer<uint>(vector.Length, [.. vector.DenseValues().Select(value => _keys.GetValueOrDefault(value))]);
            });
        }

        protected override void Read(ModelLoadContext ctx, int count)
        {
            for (int i = 0; i < count; i++)
            {
                T value = default;
                if (Type is TextDataViewType)
                    value = (T)(object)ctx.LoadNonEmptyString().AsMemory();
                else
                    ctx.Reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<T>(ref value)));
                Add(value);
            }
        }

        protected override void Write(ModelSaveContext ctx)
        {
            foreach (T value in _values)
            {
                if (Type is TextDataViewType)
                    ctx.SaveNonEmptyString(TextOf(value));
                else
                    ctx.Writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
            }
        }

        private void Add(T value)
        {
            if (_keys.TryAdd(value, (uint)Count + 1))
                _values.Add(value);
        }

        private static string TextOf(T value) => Convert.ToString(value, CultureInfo.InvariantCulture);
    }

    /// <summary>Texts are equal, and come before one another, by their characters.</summary>
    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
    {
        public static TextComparer Instance { get; } = new();
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);
        public int GetHashCode(ReadOnlyMemory<char> obj) => string.GetHashCode(obj.Span);
        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.CompareTo(y.Span, StringComparison.Ordinal);
    }
}
