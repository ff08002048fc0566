using System.Formats.Tar;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// Opens files for reading. Only ordinary files, and links to them, are opened: a named pipe would wait for a writer, and a device may
/// never end.
/// </summary>
internal static class InputFile
{
    /// <summary>
    /// The code of an IOException by .NET itself, such as for a kind of file that it cannot archive; system errors have other codes.
    /// </summary>
    private const int UnknownKind = unchecked((int)0x80131620); // COR_E_IO

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refuse">Makes the caller's exception from a message.</param>
    /// <param name="bufferSize">The buffer size, as for <see cref="FileStream"/>.</param>
    /// <exception cref="IOException">It does not exist or cannot be read; if it is not an ordinary file, the exception of
    /// <paramref name="refuse"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions do not allow it.</exception>
    public static FileStream Open(string path, Func<string, Exception> refuse, int bufferSize = 4096)
    {
        if (OddityOf(path) is string oddity)
            throw refuse(
                $"'{path}' is {oddity}; expected an ordinary file. Check the path, or write the content to a file and give its path.");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize);
    }

    /// <summary>Whether anything has this name, including a directory or a device.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>The kind of file at a path if it is not an ordinary one; null also if there is none.</summary>
    private static string? OddityOf(string path)
    {
        if (Directory.Exists(path))
            return "a directory";
        // Windows does not open pipes and devices as files.
        if (!File.Exists(path) || OperatingSystem.IsWindows())
            return null;
        var file = (FileInfo)(File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path));
        // The target of /dev/stdin and a shell's <(command) has no path, but a name such as pipe:[123].
        if (!file.Exists)
            return file.Name.StartsWith("pipe:[", StringComparison.Ordinal) ? "a pipe"
                : file.Name.StartsWith("socket:[", StringComparison.Ordinal) ? "a socket" : null;
        // A file that is not ordinary has no length.
        return file.Length > 0 ? null : OddityOfEmpty(file.FullName);
    }

    /// <summary>.NET distinguishes kinds of files in its archive code, and nowhere else without opening them.</summary>
    private static string? OddityOfEmpty(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using var writer = new TarWriter(archive, leaveOpen: true);
            writer.WriteEntry(path, entryName: "file");
        }
        catch (IOException exception) when (exception.HResult == UnknownKind)
        {
            return "a socket, or a file of an unknown kind";
        }
        archive.Position = 0;
        using var reader = new TarReader(archive);
        return reader.GetNextEntry()?.EntryType switch
        {
            TarEntryType.Fifo => "a named pipe",
            TarEntryType.CharacterDevice or TarEntryType.BlockDevice => "a device",
            _ => null,
        };
    }
}
