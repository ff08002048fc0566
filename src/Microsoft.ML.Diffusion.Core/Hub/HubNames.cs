using System.Buffers;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>
/// The rules for names that become parts of addresses and paths. Those from a server are not trusted: one that could lead out of its
/// folder, on any system, is refused.
/// </summary>
internal static class HubNames
{
    private const int LongestName = 96, LongestRevision = 200, LongestTag = 128, CommitLength = 40;
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly SearchValues<char> s_tagCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> s_reserved = SearchValues.Create("\\:*?\"<>|");

    /// <summary>Checks the name of a repository, <c>owner/name</c>, or <c>name</c> alone as the oldest models have it.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static void CheckRepository(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] parts = name.Split('/');
        if (parts.Length > 2 || name.Length > LongestName || !parts.All(IsNamePart) || name.Contains("--", StringComparison.Ordinal) ||
            name.Contains("..", StringComparison.Ordinal) || name.EndsWith(".git", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"{Messages.Quote(name)} is not the name of a model on the hub; expected owner/name, of letters, digits, '-', '_' and " +
                $"'.', at most {LongestName} characters and without '--' and '..'. Copy the name from the model's page; to read a " +
                "directory, use EncoderModel.FromDirectory.", nameof(name));
        }
    }

    /// <summary>Checks a branch, tag or commit.</summary>
    /// <exception cref="ArgumentException">It cannot be one.</exception>
    public static void CheckRevision(string revision)
    {
        if (string.IsNullOrEmpty(revision) || revision.Length > LongestRevision || !IsSafePath(revision) ||
            revision.StartsWith('-') || revision.Contains("..", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The revision {Messages.Quote(revision)} cannot be one; expected a branch such as 'main', a tag, or the 40 hexadecimal " +
                "digits of a commit. Look at the model's page, under its files.", nameof(revision));
        }
    }

    /// <summary>Whether a text is a whole commit, as git writes it.</summary>
    public static bool IsCommit(string? text) => text is { Length: CommitLength } && IsLowerHex(text);

    /// <summary>Whether all characters are lowercase hexadecimal digits.</summary>
    public static bool IsLowerHex(string text) => !text.AsSpan().ContainsAnyExcept(s_lowerHex);

    /// <summary>Whether a name of content from a server can be the name of a file in <c>blobs</c>.</summary>
    public static bool IsSafeTag(string tag) =>
        tag.Length is > 0 and <= LongestTag && !tag.AsSpan().ContainsAnyExcept(s_tagCharacters) && !IsDeviceName(tag);

    /// <summary>Whether a path could lead out of its folder on some system, which no file of a repository does.</summary>
    public static bool IsHostile(string path) =>
        path.Length == 0 || path.Contains('\\') || path.Any(char.IsControl) || path.Length > 1 && path[1] == ':' ||
            path.Split('/').Any(segment => segment is "" or "." or "..");

    /// <summary>Whether a relative path with slashes stays below its folder on every system, and can be written there.</summary>
    public static bool IsSafePath(string path) =>
        path.Length is > 0 and <= 1024 && path.Split('/').All(IsSafeSegment);

    private static bool IsNamePart(string part) =>
        part.Length > 0 && !part.AsSpan().ContainsAnyExcept(s_nameCharacters) && part[0] is not ('-' or '.') &&
            part[^1] is not ('-' or '.');

    private static bool IsSafeSegment(string segment) =>
        segment.Length is > 0 and <= 255 && segment is not ("." or "..") && segment[^1] is not ('.' or ' ') &&
            !segment.AsSpan().ContainsAny(s_reserved) && !segment.Any(char.IsControl) && !IsDeviceName(segment);

    /// <summary>Whether Windows takes a name for a device, whatever its extension is.</summary>
    private static bool IsDeviceName(string name)
    {
        string stem = name.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" ||
            stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) &&
                (char.IsAsciiDigit(stem[3]) || stem[3] is '\u00B9' or '\u00B2' or '\u00B3');
    }
}
