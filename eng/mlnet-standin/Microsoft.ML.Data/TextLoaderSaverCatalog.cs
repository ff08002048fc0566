using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads text files.</summary>
public static class TextLoaderSaverCatalog
{
    /// <summary>Reads a file with a row a line, whose columns the members of a class name with <see cref="LoadColumnAttribute"/>.</summary>
    public static IDataView LoadFromTextFile<TInput>(
        this DataOperationsCatalog catalog,
        string path,
        char separatorChar = '\t',
        bool hasHeader = false,
        bool allowQuoting = false,
        bool trimWhitespace = false,
        bool allowSparse = false)
    {
        IHostEnvironment env = catalog.GetEnvironment();
        env.CheckUserArg(File.Exists(path), nameof(path), $"File does not exist at path: {path}");
        env.CheckUserArg(!allowSparse, nameof(allowSparse), "The stand-in reads no sparse vectors.");
        SchemaDefinition definition = SchemaDefinition.Create(typeof(TInput), SchemaDefinition.Direction.Read);
        Action<object, string[]> read = (_, _) => { };
        foreach (SchemaDefinition.Column column in definition)
            read += MakeReader(env, column, typeof(TInput).GetMember(column.MemberName)[0]);
        IEnumerable<object> rows = File.ReadLines(path).Skip(hasHeader ? 1 : 0).Where(line => line.Length > 0).Select(line =>
        {
            object row = RuntimeHelpers.GetUninitializedObject(typeof(TInput));
            read(row, Split(trimWhitespace ? line.TrimEnd() : line, separatorChar, allowQuoting));
            return row;
        });
        Func<IEnumerable<object>, SchemaDefinition, IDataView> load = Load<object>;
        return (IDataView)load.Method.GetGenericMethodDefinition().MakeGenericMethod(typeof(TInput)).Invoke(load.Target, [rows, definition]);

        IDataView Load<TRow>(IEnumerable<object> rows, SchemaDefinition definition)
            where TRow : class => catalog.LoadFromEnumerable(rows.Cast<TRow>(), definition);
    }

    /// <summary>Reads a line's fields into a member, one or several.</summary>
    private static Action<object, string[]> MakeReader(IHostEnvironment env, SchemaDefinition.Column column, MemberInfo member)
    {
        int[] source = member.GetCustomAttributesData().SingleOrDefault(a => a.AttributeType == typeof(LoadColumnAttribute))
            ?.ConstructorArguments.Select(a => (int)a.Value).ToArray()
            ?? throw env.Except($"'{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        (int first, int last) = (source[0], source[^1]);
        Action<object, object> set = member is FieldInfo field ? field.SetValue : ((PropertyInfo)member).SetValue;
        Type type = member is FieldInfo f ? f.FieldType : ((PropertyInfo)member).PropertyType;
        if (!type.IsArray)
            return (row, fields) => set(row, Parse(fields.ElementAtOrDefault(first) ?? "", type));

        Type itemType = type.GetElementType();
        column.ColumnType = new VectorDataViewType((PrimitiveDataViewType)column.ColumnType.GetItemType(), last - first + 1);
        return (row, fields) =>
        {
            var items = Array.CreateInstance(itemType, last - first + 1);
            for (int i = 0; i < items.Length; i++)
                items.SetValue(Parse(fields.ElementAtOrDefault(first + i) ?? "", itemType), i);
            set(row, items);
        };
    }

    /// <summary>Nothing is zero or false; what is no number is NaN where the type has one.</summary>
    private static object Parse(string field, Type type)
    {
        if (type == typeof(string))
            return field;
        if (field.Length == 0)
            return Activator.CreateInstance(type);
        bool isNumber = double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        bool hasNaN = type == typeof(float) || type == typeof(double);
        return Convert.ChangeType(isNumber || !hasNaN ? field : "NaN", type, CultureInfo.InvariantCulture);
    }

    /// <summary>A quoted field may hold separators, and quotes twice.</summary>
    private static string[] Split(string line, char separator, bool allowQuoting)
    {
        if (!allowQuoting)
            return line.Split(separator);
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            bool isQuote = line[i] == '"' && (quoted || field.Length == 0);
            if (isQuote && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[i++]);
            }
            else if (isQuote)
            {
                quoted = !quoted;
            }
            else if (line[i] == separator && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }
        return [.. fields, field.ToString()];
    }
}
