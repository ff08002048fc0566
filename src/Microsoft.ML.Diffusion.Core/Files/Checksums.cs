using System.Security.Cryptography;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>The SHA-256 of files of a directory, in its file <c>SHA256SUMS</c>, as <c>sha256sum -c</c> reads it.</summary>
internal static class Checksums
{
    private const string Name = "SHA256SUMS";

    /// <summary>Whether a directory has any.</summary>
    public static bool AreIn(string directory) => File.Exists(Path.Combine(directory, Name));

    /// <summary>Writes those of some files.</summary>
    public static void Write(string directory, params ReadOnlySpan<string> names)
    {
        using StreamWriter writer = File.CreateText(Path.Combine(directory, Name));
        foreach (string name in names)
            writer.Write(Line(directory, name) + "\n");
    }

    /// <summary>Which of some files is not what was written, as a message says it; null where all are.</summary>
    public static string? FindDifference(string directory, params ReadOnlySpan<string> names)
    {
        try
        {
            string[] lines = File.ReadAllLines(Path.Combine(directory, Name));
            foreach (string name in names)
            {
                if (!lines.Contains(Line(directory, name)))
                    return $"'{name}' is not the file that was written, as its checksum in {Name} says";
            }
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"its checksums cannot be compared: {exception.Message.TrimEnd('.')}";
        }
    }

    private static string Line(string directory, string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(directory, name));
        return $"{Convert.ToHexStringLower(SHA256.HashData(file))}  {name}";
    }
}
