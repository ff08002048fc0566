using System.CommandLine;

namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>Finds options that were given, and not only have a default.</summary>
internal static class GivenOptions
{
    /// <summary>Whether an option was given.</summary>
    public static bool IsGiven(this ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>Fails if an option was given that a .zip decides itself.</summary>
    /// <exception cref="UsageException">One was given.</exception>
    public static void RefuseWithZip(this ParseResult result, string path, params IEnumerable<Option> options)
    {
        string[] given = [.. options.Where(result.IsGiven).Select(option => option.Name)];
        if (given.Length > 0)
        {
            throw new UsageException(
                $"'{path}' is a .zip, which has its own settings; expected no {string.Join(", ", given)}. Leave that out, or convert the " +
                ".zip to a directory.");
        }
    }
}
