using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Small .zips that claim much: refused before memory is taken. They have no checksums, or right
/// ones, as whoever makes them likes.</summary>
[TestClass]
public sealed class HostileModelTests
{
    /// <summary>A file of zeros, which take a thousandth of their length in a zip, is refused by its length or its header.</summary>
    [TestMethod]
    [DataRow("model.safetensors", 300_000_000, "does not begin with '{'")]
    [DataRow("merges.txt", 300_000_000, "expected at most 268,435,456")]
    [DataRow("config.json", 2_000_000, "expected at most 1,048,576")]
    public void A_file_of_zeros_is_refused_before_it_is_read(string name, int length, string message)
    {
        byte[] zip = Replace("generate", name, stream =>
        {
            byte[] zeros = new byte[1 << 20];
            for (int left = length; left > 0; left -= zeros.Length)
                stream.Write(zeros, 0, Math.Min(left, zeros.Length));
        });
        Assert.IsLessThan(2_000_000, zip.Length);
        Exception? error = Load(zip, mostAllocated: 4_000_000);
        Assert.IsInstanceOfType<FormatException>(error);
        StringAssert.Contains(error.Message, "The saved DiffusionGenerate");
        StringAssert.Contains(error.Message, "is damaged and cannot be read");
        StringAssert.Contains(error.Message, name);
        StringAssert.Contains(error.Message, message);
    }

    /// <summary>Of the weights as much is read as their header says, and nothing may follow.</summary>
    [TestMethod]
    public void Weights_followed_by_anything_are_refused()
    {
        byte[] weights = ZipEntries.Read(SavedModelTests.File("1", "generate"))
            .Find(entry => entry.Name.EndsWith("model.safetensors", StringComparison.Ordinal)).Content;
        Exception? error = Load(Replace("generate", "model.safetensors", stream => stream.Write([.. weights, 0])),
            mostAllocated: 4_000_000);
        Assert.IsInstanceOfType<FormatException>(error);
        StringAssert.Contains(error.Message, "expected nothing after the last tensor");
    }

    /// <summary>Each number of the settings in its turn is the greatest there is.</summary>
    [TestMethod]
    [DataRow("infill")]
    [DataRow("labels")]
    public void No_number_in_the_settings_allocates(string saved)
    {
        const int Start = 0x100;
        List<(string Name, byte[] Content)> entries = ZipEntries.Read(SavedModelTests.File("1", saved));
        int at = entries.FindIndex(entry => entry.Name == ZipEntries.FolderOfModel(entries.Select(one => one.Name)) + "Model.key");
        (string name, byte[] part) = entries[at];
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(part.AsSpan(0x18)), refused = 0;
        for (int i = 0; i + sizeof(int) <= length; i++)
        {
            byte[] changed = [.. part];
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(Start + i), int.MaxValue);
            entries[at] = (name, changed);
            if (Load(ZipEntries.Write(entries), mostAllocated: 4_000_000) is Exception error)
            {
                // The number may say that the weights are quantized.
                Assert.IsTrue(error is FormatException || error is NotSupportedException && !Contexts.CanQuantize, error.ToString());
                refused++;
            }
        }
        Assert.IsGreaterThan(length / 2, refused);
    }

    /// <summary>The error, as ML.NET passes it on; null where the model loads.</summary>
    private static Exception? Load(byte[] zip, long mostAllocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? error = null;
        try
        {
            (Contexts.Create().Model.Load(new MemoryStream(zip), out _) as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            error = exception;
            while (error is not FormatException && error.InnerException is not null)
                error = error.InnerException;
        }
        Assert.IsLessThan(mostAllocated, GC.GetAllocatedBytesForCurrentThread() - before);
        return error;
    }

    /// <summary>A model of the first version, which has no checksums, with another file in the place of one.</summary>
    private static byte[] Replace(string saved, string name, Action<Stream> write)
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string entry, byte[] content) in ZipEntries.Read(SavedModelTests.File("1", saved)))
            {
                using Stream stream = archive.CreateEntry(entry, CompressionLevel.Optimal).Open();
                if (entry.EndsWith("/" + name, StringComparison.Ordinal))
                    write(stream);
                else
                    stream.Write(content);
            }
        }
        return zip.ToArray();
    }
}
