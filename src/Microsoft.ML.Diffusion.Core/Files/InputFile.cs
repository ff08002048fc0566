using System.Formats.Tar;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// Opens files to read. Only ordinary files are opened, and links to them: a named pipe would wait for a writer, and a device may never end.
/// </summary>
internal static class InputFile
{
    /// <summary>The code of an IOException that is .NET's own, as of a kind of file it cannot archive; the system's errors have other codes.</summary>
    private const int UnknownKind = unchecked((int)0x80131620); // COR_E_IO

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refuse">Makes the exception of the room that reads, of a message.</param>
    /// <param name="bufferSize">As <see cref="FileStream"/> has it.</param>
    /// <exception cref="IOException">It does not exist or cannot be read; where it is no ordinary file, what <paramref name="refuse"/> made.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions do not allow it.</exception>
    public static FileStream Open(string path, Func<string, Exception> refuse, int bufferSize = 4096)
    {
        if (OddityOf(path) is string oddity)
            throw refuse($"'{path}' is {oddity}; expected an ordinary file. Check the path, or write the content to a file and name that.");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize);
    }

    /// <summary>Whether something of this name is there, a directory and a device among them.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>What stands at a path, where it is something else than an ordinary file; null for nothing too.</summary>
    private static string? OddityOf(string path)
    {
        if (Directory.Exists(path))
            return "a directory";
        // Windows opens no pipes and devices as files.
        if (!File.Exists(path) || OperatingSystem.IsWindows())
            return null;
        var file = (FileInfo)(File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path));
        // Where /dev/stdin and a shell's <(command) lead has no place, and a name such as pipe:[123].
        if (!file.Exists)
            return file.Name.StartsWith("pipe:[", StringComparison.Ordinal) ? "a pipe" : file.Name.StartsWith("socket:[", StringComparison.Ordinal) ? "a socket" : null;
        // What is no ordinary file has no length.
        return file.Length > 0 ? null : OddityOfEmpty(file.FullName);
    }

    /// <summary>.NET tells kinds of files apart where it archives them, and nowhere else without opening them.</summary>
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
            return "a socket, or a file of a kind that is not known";
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
