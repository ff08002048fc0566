using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>Reads JSON Lines: an object in each line, with the columns of the first one. Numbers and booleans become text.</summary>
internal static class JsonLinesTable
{
    /// <summary>Reads a table.</summary>
    /// <exception cref="InputException">It is empty, or a line is no object, or lacks a column of the first one.</exception>
    public static Table Read(InputText text)
    {
        IEnumerator<(Dictionary<string, string> Row, int Line)> objects = Objects(text).GetEnumerator();
        if (!objects.MoveNext())
            throw new InputException($"'{text.Name}' is empty; expected a JSON object in each line.");
        string[] columns = [.. objects.Current.Row.Keys];
        return new Table(text.Name, columns, Rows(objects, columns, text.Name));
    }

    private static IEnumerable<string[]> Rows(
        IEnumerator<(Dictionary<string, string> Row, int Line)> objects, string[] columns, string name)
    {
        using (objects)
        {
            do
            {
                (Dictionary<string, string> row, int line) = objects.Current;
                yield return [.. columns.Select(column => row.TryGetValue(column, out string? value) ? value
                    : throw new InputException($"'{name}' has no '{column}' in line {line}, which its first object has."))];
            }
            while (objects.MoveNext());
        }
    }

    private static IEnumerable<(Dictionary<string, string> Row, int Line)> Objects(InputText text)
    {
        using (text)
        {
            int line = 0;
            while (text.ReadLine() is string json)
            {
                line++;
                if (!string.IsNullOrWhiteSpace(json))
                    yield return (Parse(json, text.Name, line), line);
            }
        }
    }

    private static Dictionary<string, string> Parse(string json, string name, int line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => Text(property.Value));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InputException($"'{name}' has no JSON object with different names in line {line}: {exception.Message}", exception);
        }
        throw new InputException($"'{name}' has JSON in line {line} that is not an object; expected an object in each line.");
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
