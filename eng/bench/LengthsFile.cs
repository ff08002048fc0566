using System.CommandLine.Parsing;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A file with the tokens of each sequence of a batch: a JSON array of integers.</summary>
internal sealed record LengthsFile(string Path, int[] Lengths)
{
    /// <summary>Reads the file that an option names; a problem with the file becomes the option's error.</summary>
    public static LengthsFile? Parse(ArgumentResult result)
    {
        string path = result.Tokens[0].Value;
        string wrong;
        try
        {
            int[] lengths = JsonSerializer.Deserialize<int[]>(File.ReadAllBytes(path)) ?? [];
            if (lengths.Length > 0 && lengths.Min() > 0)
                return new(path, lengths);
            wrong = lengths.Length == 0 ? "it has none" : $"it has one of {lengths.Min()} tokens";
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            wrong = exception.Message.TrimEnd('.');
        }
        result.AddError(
            $"'{path}' gives no lengths of sequences: {wrong}. Expected a JSON array of positive integers, as the command lengths writes.");
        return null;
    }
}
