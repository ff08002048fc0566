using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>The names of labels from a column's annotations, of any type that ML.NET's keys can represent.</summary>
internal abstract class LabelNames
{
    private const int MostLabels = 1 << 17;

    private static readonly Kind[] s_kinds =
    [
        new Kind<ReadOnlyMemory<char>>(TextDataViewType.Instance, (writer, value) => writer.Write(value.ToString()),
            reader => reader.ReadString().AsMemory()),
        new Kind<float>(NumberDataViewType.Single, (writer, value) => writer.Write(value), reader => reader.ReadSingle()),
        new Kind<double>(NumberDataViewType.Double, (writer, value) => writer.Write(value), reader => reader.ReadDouble()),
        new Kind<bool>(BooleanDataViewType.Instance, (writer, value) => writer.Write(value), reader => reader.ReadBoolean()),
        new Kind<sbyte>(NumberDataViewType.SByte, (writer, value) => writer.Write(value), reader => reader.ReadSByte()),
        new Kind<byte>(NumberDataViewType.Byte, (writer, value) => writer.Write(value), reader => reader.ReadByte()),
        new Kind<short>(NumberDataViewType.Int16, (writer, value) => writer.Write(value), reader => reader.ReadInt16()),
        new Kind<ushort>(NumberDataViewType.UInt16, (writer, value) => writer.Write(value), reader => reader.ReadUInt16()),
        new Kind<int>(NumberDataViewType.Int32, (writer, value) => writer.Write(value), reader => reader.ReadInt32()),
        new Kind<uint>(NumberDataViewType.UInt32, (writer, value) => writer.Write(value), reader => reader.ReadUInt32()),
        new Kind<long>(NumberDataViewType.Int64, (writer, value) => writer.Write(value), reader => reader.ReadInt64()),
        new Kind<ulong>(NumberDataViewType.UInt64, (writer, value) => writer.Write(value), reader => reader.ReadUInt64()),
    ];

    /// <summary>The names as text, in order.</summary>
    public abstract IReadOnlyList<string> Texts { get; }

    /// <summary>
    /// Reads the names from an annotation of a column; null if it has none, not <paramref name="count"/> of them, or names of another type.
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="annotation">KeyValues or SlotNames.</param>
    /// <param name="count">The number of labels.</param>
    public static LabelNames? Of(DataViewSchema.Column column, string annotation, int count)
    {
        if (column.Annotations.Schema.GetColumnOrNull(annotation) is not { Type: VectorDataViewType vector } || vector.Size != count)
            return null;
        return Array.Find(s_kinds, kind => kind.Type.Equals(vector.ItemType))?.Read(column, annotation);
    }

    /// <summary>Names that are texts, such as those of a model's configuration.</summary>
    public static LabelNames FromTexts(IEnumerable<string> texts) =>
        new Typed<ReadOnlyMemory<char>>((Kind<ReadOnlyMemory<char>>)s_kinds[0], [.. texts.Select(text => text.AsMemory())]);

    /// <summary>
    /// The names for a model's configuration: these names, or <c>LABEL_0</c> and so on if there are none or they are not all different.
    /// </summary>
    public static IReadOnlyList<string> ForConfiguration(LabelNames? names, int count) =>
        names is not null && names.Texts.All(name => name.Length > 0) && names.Texts.Distinct(StringComparer.Ordinal).Count() == count
            ? names.Texts
            : [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"LABEL_{i}"))];

    /// <summary>Adds the names to an annotation, with their own type.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder builder, string annotation);

    /// <summary>Adds the names as texts: the slot names of a vector with a number for each label.</summary>
    public void AddSlotNamesTo(DataViewSchema.Annotations.Builder builder) => builder.AddSlotNames(
        Texts.Count, (ref VBuffer<ReadOnlyMemory<char>> value) =>
            value = new VBuffer<ReadOnlyMemory<char>>(Texts.Count, [.. Texts.Select(text => text.AsMemory())]));

    /// <summary>Writes the names, or a marker for none.</summary>
    public static void Save(LabelNames? names, BinaryWriter writer)
    {
        // byte: 0 for no names, else 1 + the index of the type in s_kinds; int: the count; the values
        writer.Write((byte)(names is null ? 0 : 1 + Array.FindIndex(s_kinds, kind => kind == names.OwnKind)));
        names?.SaveValues(writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="IOException">The data is damaged.</exception>
    public static LabelNames? Load(BinaryReader reader)
    {
        int kind = reader.ReadByte();
        return kind == 0 ? null : kind <= s_kinds.Length ? s_kinds[kind - 1].Load(reader)
            : throw new InvalidDataException($"Labels are of type {kind}; expected 0 to {s_kinds.Length}.");
    }

    private protected abstract Kind OwnKind { get; }

    private protected abstract void SaveValues(BinaryWriter writer);

    /// <summary>Operations for one type of names.</summary>
    private protected abstract class Kind(PrimitiveDataViewType type)
    {
        public PrimitiveDataViewType Type => type;

        public abstract LabelNames Read(DataViewSchema.Column column, string annotation);

        public abstract LabelNames Load(BinaryReader reader);
    }

    private sealed class Kind<T>(PrimitiveDataViewType type, Action<BinaryWriter, T> write, Func<BinaryReader, T> read) : Kind(type)
    {
        public override LabelNames Read(DataViewSchema.Column column, string annotation)
        {
            VBuffer<T> values = default;
            column.Annotations.GetValue(annotation, ref values);
            return new Typed<T>(this, [.. values.DenseValues()]);
        }

        public override LabelNames Load(BinaryReader reader)
        {
            int count = SavedPart.ReadCount(reader, itemBytes: 1, MostLabels, "labels");
            if (count == 0)
                throw new InvalidDataException("There are no labels; expected one or more.");
            return new Typed<T>(this, [.. Enumerable.Range(0, count).Select(_ => read(reader))]);
        }

        public void Save(BinaryWriter writer, T[] values)
        {
            writer.Write(values.Length);
            foreach (T value in values)
                write(writer, value);
        }
    }

    private sealed class Typed<T>(Kind<T> kind, T[] values) : LabelNames
    {
        public override IReadOnlyList<string> Texts { get; } =
            Array.ConvertAll(values,
                value => Convert.ToString(value is ReadOnlyMemory<char> text ? text.ToString() : value, CultureInfo.InvariantCulture)!);

        private protected override Kind OwnKind => kind;

        public override void AddTo(DataViewSchema.Annotations.Builder builder, string annotation) => builder.Add(
            annotation, new VectorDataViewType(kind.Type, values.Length),
            (ref VBuffer<T> value) => value = new VBuffer<T>(values.Length, [.. values]));

        private protected override void SaveValues(BinaryWriter writer) => kind.Save(writer, values);
    }
}
