using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Checkpoints.Torch;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

/// <summary>Files of torch.save made by hand around a pickle, in both layouts.</summary>
internal static class TorchBytes
{
    /// <summary>The zip layout.</summary>
    public static byte[] Zip(byte[] pickle, params (string Name, byte[] Content)[] entries) =>
        ZipOf([("archive/data.pkl", pickle), .. entries]);

    public static byte[] ZipOf(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    /// <summary>The older layout: three pickles, the object's, the keys, and the storages as counts and bytes.</summary>
    public static byte[] Stream(byte[] pickle, params (string Key, long Count, byte[] Content)[] storages) =>
        Stream(littleEndian: true, pickle, storages);

    public static byte[] Stream(bool littleEndian, byte[] pickle, params (string Key, long Count, byte[] Content)[] storages)
    {
        var stream = new MemoryStream();
        stream.Write([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.']); // the magic number
        stream.Write([0x80, 2, (byte)'M', 0xE9, 3, (byte)'.']); // 1001
        stream.Write(PickleBytes.Start().Op("}").Text("little_endian").Raw(littleEndian ? (byte)0x88 : (byte)0x89).Op("s").End());
        stream.Write(pickle);
        PickleBytes keys = PickleBytes.Start().Op("](");
        foreach ((string key, _, _) in storages)
            keys.Text(key);
        stream.Write(keys.Op("e").End());
        Span<byte> number = stackalloc byte[8];
        foreach ((_, long count, byte[] content) in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, count);
            stream.Write(number);
            stream.Write(content);
        }
        return stream.ToArray();
    }

    /// <summary>The tensors of a safetensors file, as torch.save would write a state_dict of them.</summary>
    /// <param name="safetensors">The file.</param>
    /// <param name="isZip">Whether in the zip layout.</param>
    /// <param name="takes">Which tensors; null stands for all.</param>
    public static byte[] FromSafeTensors(ReadOnlyMemory<byte> safetensors, bool isZip, Func<string, bool>? takes = null)
    {
        using var source = SafeTensorsReader.Open(safetensors, "before");
        TensorEntry[] entries = [.. source.Entries.Values.Where(entry => takes?.Invoke(entry.Name) != false)];
        byte[][] contents = Array.ConvertAll(
            entries, entry => MemoryMarshal.AsBytes<float>(source.ReadArray(entry.Name, entry.Shape)).ToArray());
        byte[] pickle = PickleBytes.StateDict(items =>
        {
            for (int i = 0; i < entries.Length; i++)
                items.Text(entries[i].Name).Tensor($"{i}", entries[i].ElementCount, entries[i].Shape.ToArray());
        }).End();
        return isZip
            ? Zip(pickle, [.. contents.Select((content, i) => ($"archive/data/{i}", content))])
            : Stream(pickle, [.. contents.Select((content, i) => ($"{i}", entries[i].ElementCount, content))]);
    }

    public static TorchCheckpointReader Open(byte[] file) => TorchCheckpointReader.Open(ModelFile.FromMemory(file, "hand.bin"));

    /// <summary>Asserts that opening fails with a message that holds every one of the given words and says what to do, and takes no more
    /// memory than it may.</summary>
    public static void AssertRefused(byte[] file, params string[] words)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => Open(file).Dispose(), string.Join(", ", words));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsLessThanOrEqualTo(2L * file.Length + MemoryBudget.Constant + (64 << 10), allocated, exception.Message);
        SafeTensorsBytes.AssertExplains(exception, ["'hand.bin'", .. words]);
    }
}
