using System.Security.Cryptography;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>The SHA-256 of files of a directory, in its file <c>SHA256SUMS</c>, in the format of <c>sha256sum -c</c>.</summary>
internal static class Checksums
{
    private const string Name = "SHA256SUMS";

    /// <summary>Whether a directory has checksums.</summary>
    public static bool AreIn(string directory) => File.Exists(Path.Combine(directory, Name));

    /// <summary>Writes the checksums of some files.</summary>
    public static void Write(string directory, params ReadOnlySpan<string> names)
    {
        using StreamWriter writer = File.CreateText(Path.Combine(directory, Name));
        foreach (string name in names)
            writer.Write(Line(directory, name) + "\n");
    }

    /// <summary>Which of some files differs from the one written, for a message; null if none does.</summary>
    public static string? FindDifference(string directory, params ReadOnlySpan<string> names)
    {
        try
        {
            string[] lines = File.ReadAllLines(Path.Combine(directory, Name));
            foreach (string name in names)
            {
                if (!lines.Contains(Line(directory, name)))
                    return $"'{name}' differs from the file that was written: its checksum in {Name} does not match";
            }
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"its checksums cannot be checked: {exception.Message.TrimEnd('.')}";
        }
    }

    private static string Line(string directory, string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(directory, name));
        return $"{Convert.ToHexStringLower(SHA256.HashData(file))}  {name}";
    }
}
