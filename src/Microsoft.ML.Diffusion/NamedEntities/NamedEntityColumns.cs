using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>The input columns for named entities: words, their labels, and entities given by their characters.</summary>
internal static class NamedEntityColumns
{
    /// <summary>The label of a word outside all entities.</summary>
    public const string Outside = "O";

    private const string WordsType = "String or vector of String";
    private const string TagsType = "vector of Key<UInt32> with KeyValues of type String, or vector of String";
    private const string NumbersType = "vector of Int32";

    /// <summary>Fails unless the shape has a column of words, or of texts.</summary>
    public static void CheckWords(IHost host, SchemaShape schema, string name)
    {
        SchemaShape.Column column = Find(host, schema, name, "sentence");
        if (column.ItemType is not TextDataViewType)
            throw host.ExceptSchemaMismatch(nameof(schema), "sentence", name, WordsType, column.GetTypeString());
    }

    /// <summary>Fails unless the shape has a column of labels, or of entity types.</summary>
    public static void CheckTags(IHost host, SchemaShape schema, string name)
    {
        SchemaShape.Column column = Find(host, schema, name, "label");
        bool isKey = column.IsKey && column.ItemType == NumberDataViewType.UInt32;
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar || !(isKey || column.ItemType is TextDataViewType))
            throw host.ExceptSchemaMismatch(nameof(schema), "label", name, TagsType, column.GetTypeString());
    }

    /// <summary>Fails unless the shape has a column of vectors of integers.</summary>
    public static void CheckNumbers(IHost host, SchemaShape schema, string name, string role)
    {
        SchemaShape.Column column = Find(host, schema, name, role);
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar || column.IsKey || column.ItemType != NumberDataViewType.Int32)
            throw host.ExceptSchemaMismatch(nameof(schema), role, name, NumbersType, column.GetTypeString());
    }

    /// <summary>Finds the column of words, or of texts.</summary>
    public static DataViewSchema.Column FindWords(IHost host, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(host, schema, name, "sentence");
        return column.Type.GetItemType() is TextDataViewType ? column : throw Mismatch(host, column, "sentence", WordsType);
    }

    /// <summary>Finds the column of labels.</summary>
    public static DataViewSchema.Column FindTags(IHost host, DataViewSchema schema, string name, string role)
    {
        DataViewSchema.Column column = Find(host, schema, name, role);
        if (column.Type is not VectorDataViewType { ItemType: var item } ||
            !(item is TextDataViewType || item is KeyDataViewType && item.RawType == typeof(uint) && HasTextKeyValues(column)))
            throw Mismatch(host, column, role, TagsType);
        return column;
    }

    /// <summary>Finds the columns of entities: their types, starts and lengths.</summary>
    public static DataViewSchema.Column[] FindSpans(IHost host, DataViewSchema schema, string types, string starts, string lengths)
    {
        DataViewSchema.Column[] columns = [FindTags(host, schema, types, "entity type"), Find(host, schema, starts, "entity start"),
            Find(host, schema, lengths, "entity length")];
        foreach (DataViewSchema.Column column in columns[1..])
        {
            if (column.Type is not VectorDataViewType vector || vector.ItemType != NumberDataViewType.Int32)
                throw Mismatch(host, column, column.Name == starts ? "entity start" : "entity length", NumbersType);
        }
        return columns;
    }

    /// <summary>The names of a column's keys; null if the column is text.</summary>
    public static string[]? KeyValues(DataViewSchema.Column column)
    {
        if (column.Type.GetItemType() is not KeyDataViewType)
            return null;
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    /// <summary>Reads the words of the current row.</summary>
    public static Func<WordSequence> MakeWordsGetter(DataViewRow input, DataViewSchema.Column column, Tokenizer tokenizer,
        WordSplitting splitting)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getWords = input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> words = default;
            return () =>
            {
                getWords(ref words);
                return WordSequence.FromWords(tokenizer, [.. words.DenseValues().Select(word => word.ToString())]);
            };
        }
        ValueGetter<ReadOnlyMemory<char>> getText = input.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getText(ref text);
            return WordSequence.FromText(tokenizer, text.ToString(), splitting);
        };
    }

    /// <summary>
    /// Reads the labels of the current row. A missing label, which is the key 0 or an empty text, is null. If no key has the value O, a
    /// missing key means O, as in Microsoft.ML.TorchSharp's examples.
    /// </summary>
    public static Func<string?[]> MakeTagsGetter(IHost host, DataViewRow input, DataViewSchema.Column column)
    {
        if (KeyValues(column) is string[] names)
        {
            string? missing = names.Contains(Outside) ? null : Outside;
            ValueGetter<VBuffer<uint>> getKeys = input.GetGetter<VBuffer<uint>>(column);
            VBuffer<uint> keys = default;
            return () =>
            {
                getKeys(ref keys);
                return [.. keys.DenseValues().Select(key => key == 0 ? missing : key <= names.Length ? names[key - 1]
                    : throw host.Except(
                        $"The column '{column.Name}' has the key {key}; expected 1 to {names.Length}, or 0 for a missing one."))];
            };
        }
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTags = input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> tags = default;
        var known = new Dictionary<string, string>(StringComparer.Ordinal); // one copy of each name, however many rows there are
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> byCharacters = known.GetAlternateLookup<ReadOnlySpan<char>>();
        return () =>
        {
            getTags(ref tags);
            return [.. tags.DenseValues().Select(Name)];
        };

        string? Name(ReadOnlyMemory<char> tag)
        {
            if (tag.IsEmpty)
                return null;
            if (!byCharacters.TryGetValue(tag.Span, out string? name))
                byCharacters[tag.Span] = name = tag.ToString();
            return name;
        }
    }

    /// <summary>
    /// Reads the entities of the current row from its columns of types, starts and lengths. The getter throws an
    /// <see cref="ArgumentException"/> that does not name the row.
    /// </summary>
    public static Func<CharacterSpan[]> MakeSpansGetter(IHost host, DataViewRow input, DataViewSchema.Column[] columns)
    {
        Func<string?[]> getTypes = MakeTagsGetter(host, input, columns[0]);
        ValueGetter<VBuffer<int>> getStarts = input.GetGetter<VBuffer<int>>(columns[1]),
            getLengths = input.GetGetter<VBuffer<int>>(columns[2]);
        VBuffer<int> starts = default, lengths = default;
        return () =>
        {
            string?[] types = getTypes();
            getStarts(ref starts);
            getLengths(ref lengths);
            if (starts.Length != types.Length || lengths.Length != types.Length)
                throw new ArgumentException(
                    $"there are {types.Length} entity types in '{columns[0].Name}', {starts.Length} starts in '{columns[1].Name}' and " +
                    $"{lengths.Length} lengths in '{columns[2].Name}'; expected the same number of each.");
            int[] from = [.. starts.DenseValues()], count = [.. lengths.DenseValues()];
            return [.. types.Select((type, i) => new CharacterSpan(
                type ?? throw new ArgumentException(
                    $"entity {i} has no type in '{columns[0].Name}'. Leave the entity out, or name its type."), from[i], count[i]))];
        };
    }

    private static bool HasTextKeyValues(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType {
            ItemType: TextDataViewType };

    private static SchemaShape.Column Find(IHost host, SchemaShape schema, string name, string role) =>
        schema.TryFindColumn(name, out SchemaShape.Column column) ? column : throw host.ExceptSchemaMismatch(nameof(schema), role, name);

    private static DataViewSchema.Column Find(IHost host, DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch(nameof(schema), role, name);

    private static Exception Mismatch(IHost host, DataViewSchema.Column column, string role, string expected) =>
        host.ExceptSchemaMismatch("schema", role, column.Name, expected, column.Type.ToString()!);
}
