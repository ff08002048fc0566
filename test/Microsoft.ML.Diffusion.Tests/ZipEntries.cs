using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What lies in a model .zip.</summary>
internal static class ZipEntries
{
    public static List<(string Name, byte[] Content)> Read(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        return
        [
            .. archive.Entries.Select(entry =>
            {
                using Stream stream = entry.Open();
                using var content = new MemoryStream();
                stream.CopyTo(content);
                return (entry.FullName, content.ToArray());
            }),
        ];
    }

    public static byte[] Write(IEnumerable<(string Name, byte[] Content)> entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        }
        return file.ToArray();
    }

    /// <summary>The folder of the transformer that has a model, with its slash.</summary>
    public static string FolderOfModel(IEnumerable<string> names)
    {
        string weights = names.Single(name => name.EndsWith("model.safetensors", StringComparison.Ordinal));
        return weights[..^"model.safetensors".Length];
    }

    /// <summary>Where each entry lies in the file, its local header included; what is in none is the zip's directory.</summary>
    public static List<(string Name, int Start, int End)> Ranges(byte[] file)
    {
        int end = file.AsSpan().LastIndexOf("PK\x05\x06"u8), at = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(end + 16));
        int directory = at;
        var starts = new List<(string Name, int Start)>();
        for (int count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(end + 10)); count > 0; count--)
        {
            ReadOnlySpan<byte> record = file.AsSpan(at);
            int name = BinaryPrimitives.ReadUInt16LittleEndian(record[28..]);
            starts.Add((Encoding.UTF8.GetString(record.Slice(46, name)), BinaryPrimitives.ReadInt32LittleEndian(record[42..])));
            at += 46 + name + BinaryPrimitives.ReadUInt16LittleEndian(record[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(record[32..]);
        }
        starts.Sort((left, right) => left.Start.CompareTo(right.Start));
        return [.. starts.Select((entry, i) => (entry.Name, entry.Start, i + 1 < starts.Count ? starts[i + 1].Start : directory))];
    }
}
