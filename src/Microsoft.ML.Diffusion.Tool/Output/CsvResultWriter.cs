using System.Globalization;
using CsvHelper;

namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>Writes results as CSV, with a header. A list of fields becomes columns of its own, and a list of values one field.</summary>
internal sealed class CsvResultWriter(TextWriter output) : IResultWriter
{
    private readonly CsvWriter _csv = new(output, CultureInfo.InvariantCulture, leaveOpen: true);
    private bool _hasHeader;

    public void Write(Result result)
    {
        foreach (IReadOnlyList<Field> row in result.Rows ?? [result.Fields])
        {
            Field[] fields = [.. Field.WithDifferentNames(Field.WithDifferentNames(row).SelectMany(Flatten))];
            if (!_hasHeader)
            {
                foreach (Field field in fields)
                    _csv.WriteField(field.Name);
                _csv.NextRecord();
                _hasHeader = true;
            }
            foreach (Field field in fields)
                _csv.WriteField(ToText(field.Value));
            _csv.NextRecord();
        }
    }

    public void Dispose() => _csv.Dispose();

    private static IEnumerable<Field> Flatten(Field field) => field.Value is IReadOnlyList<Field> inner
        ? inner.SelectMany(item => Flatten(new Field($"{field.Name}.{item.Name}", item.Value)))
        : [field];

    private static string ToText(object? value) => value switch
    {
        null => "",
        float number => Math.Round((double)number, 6).ToString(CultureInfo.InvariantCulture),
        double number => Math.Round(number, 6).ToString(CultureInfo.InvariantCulture),
        string text => text,
        System.Collections.IEnumerable values => string.Join('|', values.Cast<object?>().Select(ToText)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
