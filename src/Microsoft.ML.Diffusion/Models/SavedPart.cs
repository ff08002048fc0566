using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// A transformer's own part of a saved model, Model.key, which ends with its SHA-256: of the version, of the loader's name, of everything
/// written before it, including the checksums of the model's files, and of the strings that it refers to by id. ML.NET and .NET's zip
/// verify no checksum, so without this one a flipped bit would change the results unnoticed.
/// </summary>
/// <remarks>The checksum detects damage, not forgery: a forger can write a checksum too.</remarks>
internal static class SavedPart
{
    /// <summary>The first version with checksums.</summary>
    public const uint VersionWithChecksums = 0x00010002;

    /// <summary>The first version whose tokenizer files say how pairs are made.</summary>
    public const uint VersionWithPairs = 0x00010003;

    /// <summary>The number of bytes of a checksum.</summary>
    public const int ChecksumLength = SHA256.HashSizeInBytes;

    /// <summary>The remedy for a checksum that differs.</summary>
    public const string CopyAgain = "Copy the file again from where it came, or save the model again.";

    private const int LongestPart = 32 << 20;

    /// <summary>Writes the checksum of everything written before it.</summary>
    /// <exception cref="InvalidOperationException">The part is too long to be read back.</exception>
    public static void WriteChecksum(ModelSaveContext ctx)
    {
        ctx.Writer.Flush();
        Stream stream = ctx.Writer.BaseStream;
        long start = ctx.FpMin + ctx.Header.FpModel, end = stream.Position;
        if (end - start > LongestPart - ChecksumLength)
        {
            throw new InvalidOperationException(
                $"The transformer's settings take {end - start:N0} bytes; expected at most {LongestPart:N0}."
                + " Give the labels shorter names.");
        }
        byte[] checksum = Checksum(ctx.Header, stream, start, end, [.. ctx.Strings.Select(text => text.Value)]);
        stream.Position = end;
        ctx.Writer.Write(checksum);
    }

    /// <summary>Checks the part's length and its checksum, if it has one, before its content is used.</summary>
    /// <returns>Whether it has checksums.</returns>
    /// <exception cref="InvalidDataException">The part differs from what was saved.</exception>
    public static bool Check(ModelLoadContext ctx)
    {
        long length = ctx.Header.CbModel;
        if (length > LongestPart)
            throw new InvalidDataException($"Its settings take {length:N0} bytes; expected at most {LongestPart:N0}.");
        if (ctx.Header.ModelVerWritten < VersionWithChecksums)
            return false;
        if (length < ChecksumLength)
            throw new InvalidDataException($"Its settings take {length:N0} bytes, which is less than their checksum. {CopyAgain}");
        Stream stream = ctx.Reader.BaseStream;
        long start = stream.Position, end = start + length - ChecksumLength;
        byte[] checksum = Checksum(ctx.Header, stream, start, end, [.. (ctx.Strings ?? []).Select(text => text.AsMemory())]);
        Span<byte> saved = stackalloc byte[ChecksumLength];
        stream.ReadExactly(saved);
        stream.Position = start;
        if (!saved.SequenceEqual(checksum))
            throw new InvalidDataException($"Its settings are not those that were saved: their checksum (SHA-256) differs. {CopyAgain}");
        return true;
    }

    /// <summary>Skips the checksum, which has been verified.</summary>
    /// <exception cref="InvalidDataException">The settings do not end where the checksum begins.</exception>
    public static void SkipChecksum(ModelLoadContext ctx)
    {
        long left = ctx.FpMin + ctx.Header.FpModel + ctx.Header.CbModel - ctx.Reader.BaseStream.Position;
        if (left != ChecksumLength)
            throw new InvalidDataException($"Its settings end {left:N0} bytes before the end; expected {ChecksumLength}.");
        ctx.Reader.BaseStream.Position += left;
    }

    /// <summary>
    /// Reads a count of items that follow, each of at least the given number of bytes, and checks that they fit into the remaining bytes.
    /// </summary>
    /// <exception cref="InvalidDataException">The count is too large.</exception>
    public static int ReadCount(BinaryReader reader, int itemBytes, int most, string items)
    {
        int count = reader.ReadInt32();
        long room = Math.Min(most, (reader.BaseStream.Length - reader.BaseStream.Position) / itemBytes);
        if (count < 0 || count > room)
            throw new InvalidDataException($"There are {count:N0} {items}; expected at most {room:N0}.");
        return count;
    }

    private static byte[] Checksum(in ModelHeader header, Stream stream, long start, long end, ReadOnlyMemory<char>[] texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<ulong>(
        [
            header.ModelSignature, header.ModelVerWritten, header.ModelVerReadable, header.LoaderSignature0, header.LoaderSignature1,
            header.LoaderSignature2,
            (ulong)(end - start),
        ]));
        stream.Position = start;
        Span<byte> piece = stackalloc byte[4096];
        for (long left = end - start; left > 0;)
        {
            Span<byte> read = piece[..(int)Math.Min(piece.Length, left)];
            stream.ReadExactly(read);
            hash.AppendData(read);
            left -= read.Length;
        }
        foreach (ReadOnlyMemory<char> text in texts)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([text.Length]));
            hash.AppendData(MemoryMarshal.AsBytes(text.Span));
        }
        return hash.GetHashAndReset();
    }
}
