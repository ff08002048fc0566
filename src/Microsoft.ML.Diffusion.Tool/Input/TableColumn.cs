using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>A column of a <see cref="TableView"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="MakeGetter">Makes its getter, from the row that is current.</param>
internal sealed record TableColumn(string Name, DataViewType Type, Func<Func<string[]>, Delegate> MakeGetter)
{
    /// <summary>A field as text.</summary>
    public static TableColumn Text(string name, int index) => Of(name, TextDataViewType.Instance, row => row[index].AsMemory());

    /// <summary>A field as a number; NaN if it is none.</summary>
    public static TableColumn Number(string name, int index) => Of(name, NumberDataViewType.Single, row =>
        float.TryParse(row[index], NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number : float.NaN);

    /// <summary>A field as a vector of the texts between separators.</summary>
    public static TableColumn Texts(string name, int index, string separator) =>
        Of(name, new VectorDataViewType(TextDataViewType.Instance), row =>
        {
            ReadOnlyMemory<char>[] texts = [.. Split(row[index], separator).Select(text => text.AsMemory())];
            return new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts);
        });

    /// <summary>A column that the rows lack: always the default of its type.</summary>
    public static TableColumn Default(DataViewSchema.Column column) => (TableColumn)((Delegate)DefaultOf<int>).Method
        .GetGenericMethodDefinition().MakeGenericMethod(column.Type.RawType).Invoke(null, [column])!;

    /// <summary>The texts between separators, without empty ones.</summary>
    public static string[] Split(string text, string separator) =>
        text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static TableColumn DefaultOf<T>(DataViewSchema.Column column)
    {
        T value = default!;
        if (column.Type is VectorDataViewType { IsKnownSize: true } vector)
        {
            Type item = vector.ItemType.RawType;
            value = (T)Activator.CreateInstance(typeof(T), vector.Size, 0, Array.CreateInstance(item, 0), Array.Empty<int>())!;
        }
        return Of(column.Name, column.Type, _ => value);
    }

    private static TableColumn Of<T>(string name, DataViewType type, Func<string[], T> value) =>
        new(name, type, current => (ValueGetter<T>)((ref T destination) => destination = value(current())));
}
