using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.VisualBasic.FileIO;

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
        Func<IEnumerable<object>, SchemaDefinition, IDataView> load = Load<object>;
        return (IDataView)load.Method.GetGenericMethodDefinition().MakeGenericMethod(typeof(TInput)).Invoke(load.Target, [Rows(), definition]);

        IEnumerable<object> Rows()
        {
            using var parser = new TextFieldParser(path) { Delimiters = [$"{separatorChar}"], HasFieldsEnclosedInQuotes = allowQuoting, TrimWhiteSpace = false };
            if (hasHeader)
                parser.ReadLine();
            while (parser.ReadFields() is string[] fields)
            {
                if (trimWhitespace)
                    fields[^1] = fields[^1].TrimEnd();
                object row = RuntimeHelpers.GetUninitializedObject(typeof(TInput));
                read(row, fields);
                yield return row;
            }
        }

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
}
