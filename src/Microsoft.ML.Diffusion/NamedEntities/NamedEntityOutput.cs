using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>The names of the output columns for named entities.</summary>
/// <param name="Label">The label of each word: a vector of keys.</param>
/// <param name="Score">The probability of each word's label.</param>
/// <param name="Word">The words.</param>
/// <param name="EntityType">The type of each entity.</param>
/// <param name="EntityText">Each entity as it is written in the text.</param>
/// <param name="EntityStart">The start of each entity.</param>
/// <param name="EntityLength">The length of each entity.</param>
/// <param name="EntityScore">The score of each entity.</param>
internal sealed record NamedEntityOutput(
    string Label, string Score, string Word, string EntityType, string EntityText, string EntityStart, string EntityLength,
    string EntityScore)
{
    /// <summary>The names, in the order of the columns.</summary>
    public string[] Names => [Label, Score, Word, EntityType, EntityText, EntityStart, EntityLength, EntityScore];

    /// <summary>Creates the columns from their names in order.</summary>
    public static NamedEntityOutput FromNames(string[] names) =>
        new(names[0], names[1], names[2], names[3], names[4], names[5], names[6], names[7]);

    /// <summary>The columns.</summary>
    public DataViewSchema.DetachedColumn[] Columns(LabelSet labels)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(
            AnnotationUtils.Kinds.KeyValues, new VectorDataViewType(TextDataViewType.Instance, labels.Count),
            (ref VBuffer<ReadOnlyMemory<char>> value) => VectorValue.Copy(labels, label => label.AsMemory(), ref value));
        return
        [
            new(Label, new VectorDataViewType(new KeyDataViewType(typeof(uint), labels.Count)), annotations.ToAnnotations()),
            Vector(Score, NumberDataViewType.Single),
            Vector(Word, TextDataViewType.Instance),
            Vector(EntityType, TextDataViewType.Instance),
            Vector(EntityText, TextDataViewType.Instance),
            Vector(EntityStart, NumberDataViewType.Int32),
            Vector(EntityLength, NumberDataViewType.Int32),
            Vector(EntityScore, NumberDataViewType.Single),
        ];

        static DataViewSchema.DetachedColumn Vector(string name, PrimitiveDataViewType type) => new(name, new VectorDataViewType(type));
    }

    /// <summary>The input columns and the output columns.</summary>
    public SchemaShape AddTo(SchemaShape schema)
    {
        var keyValues =
            new SchemaShape([new(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)]);
        return schema.With(
        [
            new(Label, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt32, true, keyValues),
            .. Vectors(NumberDataViewType.Single, Score, EntityScore), .. Vectors(TextDataViewType.Instance, Word, EntityType, EntityText),
            .. Vectors(NumberDataViewType.Int32, EntityStart, EntityLength),
        ]);

        static IEnumerable<SchemaShape.Column> Vectors(DataViewType type, params string[] names) =>
            names.Select(name => new SchemaShape.Column(name, SchemaShape.Column.VectorKind.VariableVector, type, isKey: false));
    }

    /// <summary>Creates a getter of a column.</summary>
    /// <param name="column">The index of the column.</param>
    /// <param name="current">Returns the current row's words and entities.</param>
    public static Delegate MakeGetter(int column, Func<LabeledWords> current)
    {
        return column switch
        {
            0 => Getter(row => row.Labels.Labels, label => (uint)label + 1),
            1 => Getter(row => row.Labels.LogProbabilities, value => (float)Math.Exp(value)),
            2 => GetterOfRow(row => row.Sequence.Words, (row, word) => row.Sequence.Text.AsMemory(word.Start, word.End - word.Start)),
            3 => Getter(row => row.Entities, entity => entity.Type.AsMemory()),
            4 => Getter(row => row.Entities, entity => entity.Text.AsMemory()),
            5 => Getter(row => row.Entities, entity => entity.Start),
            6 => Getter(row => row.Entities, entity => entity.Text.Length),
            7 => Getter(row => row.Entities, entity => (float)entity.Score),
            _ => throw new ArgumentOutOfRangeException(nameof(column), column, "There are eight columns."),
        };

        Delegate Getter<TItem, TValue>(Func<LabeledWords, IReadOnlyList<TItem>> items, Func<TItem, TValue> value) =>
            GetterOfRow(items, (_, item) => value(item));

        Delegate GetterOfRow<TItem, TValue>(Func<LabeledWords, IReadOnlyList<TItem>> items, Func<LabeledWords, TItem, TValue> value) =>
            (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
            {
                LabeledWords row = current();
                VectorValue.Copy(items(row), item => value(row, item), ref destination);
            });
    }
}
