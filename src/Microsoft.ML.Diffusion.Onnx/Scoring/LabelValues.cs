using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The names of labels as a column's annotation has them: texts, or numbers of any type.</summary>
internal abstract class LabelValues
{
    private const string StreamName = "labels";

    /// <summary>The names as text, in order.</summary>
    public abstract IReadOnlyList<string> Texts { get; }

    /// <summary>The names in an annotation; null if there is none.</summary>
    public static LabelValues? Of(DataViewSchema.Column column, string annotation)
    {
        if (column.Annotations.Schema.GetColumnOrNull(annotation) is not { Type: VectorDataViewType type })
            return null;
        LabelValues values = Make(type);
        values.Read(column.Annotations, annotation);
        return values;
    }

    /// <summary>Names that are texts.</summary>
    public static LabelValues FromTexts(IReadOnlyList<string> texts) => new Typed<ReadOnlyMemory<char>>(
        new VectorDataViewType(TextDataViewType.Instance, texts.Count), new(texts.Count, [.. texts.Select(text => text.AsMemory())]));

    /// <summary>Adds the names to an annotation, with their own type.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder builder, string annotation);

    /// <summary>Adds the names as texts: the slot names of a vector with a number for each label.</summary>
    public void AddSlotNamesTo(DataViewSchema.Annotations.Builder builder) => builder.AddSlotNames(
        Texts.Count, (ref VBuffer<ReadOnlyMemory<char>> value) =>
            value = new VBuffer<ReadOnlyMemory<char>>(Texts.Count, [.. Texts.Select(text => text.AsMemory())]));

    /// <summary>Writes whether there are names, and the names in ML.NET's binary form as a stream of the saved model.</summary>
    public static void Save(LabelValues? names, ModelSaveContext ctx)
    {
        ctx.Writer.Write(names is not null);
        if (names is not null)
            ctx.SaveBinaryStream(StreamName, writer => names.Write(MakeSaver(), writer.BaseStream));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The names are missing or damaged.</exception>
    public static LabelValues? Load(ModelLoadContext ctx)
    {
        if (!ctx.Reader.ReadBoolean())
            return null;
        LabelValues? names = null;
        ctx.TryLoadBinaryStream(StreamName, reader =>
        {
            if (MakeSaver().TryLoadTypeAndValue(reader.BaseStream, out DataViewType type, out object value) &&
                type is VectorDataViewType vector)
            {
                names = Make(vector);
                names.Set(value);
            }
        });
        return names ?? throw new InvalidDataException("The names of its labels are missing or damaged. Copy the file again.");
    }

    private protected abstract void Read(DataViewSchema.Annotations annotations, string annotation);

    private protected abstract void Set(object value);

    private protected abstract void Write(BinarySaver saver, Stream stream);

    private static LabelValues Make(VectorDataViewType type) => (LabelValues)Activator.CreateInstance(
        typeof(Typed<>).MakeGenericType(type.ItemType.RawType), type, null)!;

    private static BinarySaver MakeSaver() => new(new MLContext(), new BinarySaver.Arguments { Silent = true });

    private sealed class Typed<T>(VectorDataViewType type, VBuffer<T>? given) : LabelValues
    {
        private VBuffer<T> _values = given ?? default;

        public override IReadOnlyList<string> Texts => [.. _values.DenseValues().Select(value =>
            Convert.ToString(value is ReadOnlyMemory<char> text ? text.ToString() : value, CultureInfo.InvariantCulture)!)];

        public override void AddTo(DataViewSchema.Annotations.Builder builder, string annotation) =>
            builder.Add(annotation, type, (ref VBuffer<T> value) => _values.CopyTo(ref value));

        private protected override void Read(DataViewSchema.Annotations annotations, string annotation) =>
            annotations.GetValue(annotation, ref _values);

        private protected override void Set(object value) => _values = (VBuffer<T>)value;

        private protected override void Write(BinarySaver saver, Stream stream)
        {
            if (!saver.TryWriteTypeAndValue(stream, type, ref _values, out _))
                throw new NotSupportedException($"Labels of type {type.ItemType} cannot be saved. Map them to texts or numbers first.");
        }
    }
}
