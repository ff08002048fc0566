using System.Globalization;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Evaluations;

/// <summary>Writes measures for a person: one in each line, and those of parts below, indented.</summary>
internal static class MeasureTable
{
    /// <summary>Writes measures.</summary>
    public static void Write(TextWriter output, IReadOnlyList<Field> measures, string indent = "")
    {
        int width = measures.Max(measure => measure.Name.Length);
        foreach (Field measure in measures)
        {
            if (measure.Value is IReadOnlyList<Field> inner && inner.All(field => field.Value is double or long))
            {
                output.WriteLine($"{indent}{measure.Name.PadRight(width)}  " +
                    $"{string.Join("  ", inner.Select(field => $"{field.Name} {Text(field.Value)}"))}");
            }
            else if (measure.Value is IReadOnlyList<Field> { Count: > 0 } parts)
            {
                output.WriteLine($"{indent}{measure.Name}");
                Write(output, parts, indent + "  ");
            }
            else
            {
                output.WriteLine($"{indent}{measure.Name.PadRight(width)}  {Text(measure.Value)}");
            }
        }
    }

    private static string Text(object? value) => value switch
    {
        double number => number.ToString("F4", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
