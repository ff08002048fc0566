using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Reads files of examples as UTF-8, and names the kind of a file that is no such text.</summary>
internal static class TaskFile
{
    /// <summary>The start of files of other kinds, and the advice for each.</summary>
    private static readonly (byte[] Start, string Kind, string Advice)[] s_kinds =
    [
        ([0x1F, 0x8B], "compressed with gzip", "Decompress it first."),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with Zstandard", "Decompress it first."),
        ([0xFD, .. "7zXZ"u8, 0], "compressed with xz", "Decompress it first."),
        ([.. "PK"u8, 3, 4], "a zip archive", "Extract the file from it first."),
        ([.. "PAR1"u8, 0x15], "a Parquet file", "Write its rows as text first."),
        ([.. "ARROW1"u8, 0], "an Arrow file", "Write its rows as text first."),
        ([.. "version https://git-lfs.github.com/"u8], "a Git LFS pointer, which stands for the file",
            "Fetch the file itself, as git lfs pull does."),
        ([.. "<!DOCTYPE html"u8], "an HTML page", "Download the file itself, not the page that shows it."),
        ([.. "<!doctype html"u8], "an HTML page", "Download the file itself, not the page that shows it."),
    ];

    /// <summary>The text of a file, as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The content that messages expect.</param>
    /// <exception cref="TaskFileException">It is no ordinary file, is empty, or is no text in UTF-8, or in UTF-16 or
    /// UTF-32 with a byte order mark.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static byte[] ReadUtf8(string path, string expected)
    {
        using FileStream stream = InputFile.Open(path, message => new TaskFileException(message));
        return ReadUtf8(stream, path, expected);
    }

    /// <inheritdoc cref="ReadUtf8(string, string)"/>
    /// <param name="stream">The file's content, which stays open.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="expected">The content that messages expect.</param>
    public static byte[] ReadUtf8(Stream stream, string name, string expected)
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        byte[] bytes = memory.ToArray();
        foreach ((byte[] start, string kind, string advice) in s_kinds)
        {
            if (bytes.AsSpan().StartsWith(start))
                throw new TaskFileException($"'{name}' is {kind}; expected {expected}. {advice}");
        }
        byte[] text = ToUtf8(bytes, name);
        if (text.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
            throw new TaskFileException($"'{name}' is empty; expected {expected}. Check the path, or get the file again.");
        if (text.AsSpan().Contains((byte)0))
            throw new TaskFileException($"'{name}' is not UTF-8: it has bytes of 0, as UTF-16 has. Save it again as UTF-8.");
        if (!Utf8.IsValid(text))
        {
            int place = FirstInvalid(text);
            throw new TaskFileException(
                $"'{name}' is not UTF-8: line {text.AsSpan(0, place).Count((byte)'\n') + 1} has the byte 0x{text[place]:X2}, as Latin-1 "
                + "and other old encodings have. Convert it from its encoding to UTF-8.");
        }
        return text;
    }

    private static byte[] ToUtf8(byte[] bytes, string name)
    {
        (Encoding? encoding, int length) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (null, 3),
            [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true), 4),
            [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true), 4),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true), 2),
            _ => ((Encoding?)null, 0),
        };
        if (encoding is null)
            return length == 0 ? bytes : bytes[length..];
        try
        {
            return Encoding.UTF8.GetBytes(encoding.GetString(bytes, length, bytes.Length - length));
        }
        catch (DecoderFallbackException exception)
        {
            throw new TaskFileException(
                $"'{name}' is not {encoding.WebName}, as its byte order mark says: {exception.Message} Save it again as UTF-8.", exception);
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        int place = 0;
        while (Rune.DecodeFromUtf8(text[place..], out _, out int length) == System.Buffers.OperationStatus.Done)
            place += length;
        return place;
    }
}
