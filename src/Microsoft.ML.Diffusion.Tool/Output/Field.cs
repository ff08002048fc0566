namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>A named value of a result: a text, a number, a list of values, or a list of fields.</summary>
internal readonly record struct Field(string Name, object? Value)
{
    /// <summary>
    /// The fields with different names: where a result has the name of a column of the input, as after a second run on the output of a
    /// first, a number follows it.
    /// </summary>
    public static IEnumerable<Field> WithDifferentNames(IEnumerable<Field> fields)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (Field field in fields)
        {
            string name = field.Name;
            for (int number = 2; !used.Add(name); number++)
                name = $"{field.Name}_{number}";
            yield return field with { Name = name };
        }
    }
}
