using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using static Microsoft.ML.Diffusion.Tests.Checkpoints.SafeTensorsBytes;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class SafeTensorsReaderTests
{
    // 1.0 and -2.5 as F32, then 1.5 as BF16, then 0.5 as F16, then 7 as I64.
    private const string GoodHeader =
        """{"__metadata__":{"format":"pt","note":"a \"b\""},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},"h":{"shape":[1],"data_offsets":[10,12],"dtype":"F16"},"ids":{"dtype":"I64","shape":[1],"data_offsets":[12,20]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[20,20]}}  """;

    private static readonly byte[] s_goodData = [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0xC0, 0x3F, 0x00, 0x38, 7, 0, 0, 0, 0, 0, 0, 0];

    [TestMethod]
    public void A_file_made_by_hand_reads_as_it_was_meant()
    {
        using SafeTensorsReader reader = Open(GoodHeader, s_goodData);
        AssertGood(reader);
    }

    [TestMethod]
    public void A_stream_is_read_to_memory_after_its_header_is_checked()
    {
        byte[] file = Make(GoodHeader, s_goodData);
        var stream = new MemoryStream([1, 2, .. file]) { Position = 2 };
        byte[] read = SafeTensorsReader.ReadToMemory(stream, "stream");
        CollectionAssert.AreEqual(file, read);
        Assert.AreEqual(stream.Length, stream.Position);
        Refused([.. file, 0], "expected nothing after the last tensor");
        Refused(file[..^1], "the file holds 19 bytes");
        Refused(new byte[100_000_000], "does not begin with '{'");
        Refused([0, 0, 0, 5, 0, 0, 0, 0, .. new byte[100_000_000]], "the header claims 83,886,080 bytes; the limit here is 16,777,216");
        Refused([1], "has 1 bytes");

        static void Refused(byte[] content, string message)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            StringAssert.Contains(
                Assert.Throws<CheckpointException>(() => SafeTensorsReader.ReadToMemory(new MemoryStream(content), "stream")).Message,
                message);
            Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void Every_way_in_reads_the_same()
    {
        byte[] file = Make(GoodHeader, s_goodData);
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["good.safetensors"], file);
        using (SafeTensorsReader reader = SafeTensorsReader.Open(directory["good.safetensors"]))
            AssertGood(reader);
        using (SafeTensorsReader reader = SafeTensorsReader.Open(new MemoryStream(file), "memory"))
            AssertGood(reader);
        var zip = new MemoryStream();
        using (var deflate = new DeflateStream(zip, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(file);
        zip.Position = 0;
        using (SafeTensorsReader reader = SafeTensorsReader.Open(new DeflateStream(zip, CompressionMode.Decompress), "zip"))
            AssertGood(reader);
        unsafe
        {
            fixed (byte* pointer = file)
            {
                using SafeTensorsReader reader = SafeTensorsReader.Open(new UnmanagedMemoryStream(pointer, file.Length), "resource");
                AssertGood(reader);
            }
        }
    }

    [TestMethod]
    public void A_stream_longer_than_its_bound_is_refused_after_the_bound()
    {
        using var endless = new EndlessStream();
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => SafeTensorsReader.Open(endless, "endless", 100_000));
        AssertExplains(exception, "'endless'", "100,000", "Use a model directory");
        Assert.IsLessThan(300_000, endless.Given);
    }

    [TestMethod]
    public void A_part_of_a_tensor_is_that_part()
    {
        byte[] data = new byte[4 * 1000];
        for (int i = 0; i < 1000; i++)
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), i);
        using SafeTensorsReader reader = Open("""{"t":{"dtype":"F32","shape":[100,10],"data_offsets":[0,4000]}}""", data);
        float[] rows = new float[30];
        reader.Read("t", 50 * 10, rows);
        CollectionAssert.AreEqual(Enumerable.Range(500, 30).Select(i => (float)i).ToArray(), rows);
        reader.Read("t", 1000, []);
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => reader.Read("t", 980, rows));
        AssertExplains(exception, "'hand.safetensors'", "'t'", "1,000", "980", "30");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => reader.Read("t", -1, rows));
    }

    [TestMethod]
    public void A_file_on_disk_is_mapped_not_copied_and_survives_being_disposed_amid_reads()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["big.safetensors"];
        const int Count = 4 << 20;
        SafeTensorsWriter.Write(path, [new TensorToWrite("t", [Count], ElementType.BFloat16, (start, destination) =>
        {
            for (int i = 0; i < destination.Length; i++)
                destination[i] = (start + i) % 256;
        })]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensorsReader reader = SafeTensorsReader.Open(path);
        Assert.IsLessThan(64 << 10, GC.GetAllocatedBytesForCurrentThread() - before);

        using var started = new CountdownEvent(2);
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            float[] elements = new float[Count];
            reader.Read("t", elements);
            started.Signal();
            while (true)
            {
                try
                {
                    reader.Read("t", 1000, elements);
                    Assert.Fail("The tensor ends before.");
                }
                catch (CheckpointException)
                {
                }
                try
                {
                    Array.Clear(elements);
                    reader.Read("t", elements);
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
                for (int i = 0; i < Count; i++)
                {
                    if (elements[i] != i % 256)
                        Assert.Fail($"Element {i} is {elements[i]}.");
                }
            }
        }))];
        Assert.IsTrue(started.Wait(TimeSpan.FromSeconds(10)));
        reader.Dispose();
        Assert.IsTrue(Task.WaitAll(readers, TimeSpan.FromSeconds(10)));
    }

    [TestMethod]
    public void After_dispose_reading_throws()
    {
        SafeTensorsReader reader = Open(GoodHeader, s_goodData);
        reader.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => reader.Read("w", new float[2]));
        reader.Dispose();
    }

    [TestMethod]
    public void Missing_tensor_names_those_that_resemble_it()
    {
        using SafeTensorsReader reader = Open("""{"bert.embeddings.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0, 0, 0, 0);
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.Read("model.embeddings.weight", new float[1])),
            "'hand.safetensors'", "'model.embeddings.weight'", "'bert.embeddings.weight'");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.Read("other", new float[1])), "'other'", "1 tensors");
    }

    [TestMethod]
    public void Wrong_shapes_and_types_are_named_with_what_was_expected()
    {
        using SafeTensorsReader reader = Open(GoodHeader, s_goodData);
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.ReadArray("w", 1, 2)), "'w'", "[2, 1]",
            "expected [1, 2]", "config.json");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.Read("w", new float[3])), "'w'", "[2, 1]", "expected 3");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.Read("ids", new float[1])), "'ids'", "I64", "not supported",
            "F32, F16, BF16 or F64");
    }

    [TestMethod]
    public void Missing_empty_and_foreign_files_say_what_they_are()
    {
        using var directory = new TemporaryDirectory();
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => SafeTensorsReader.Open(directory["none.safetensors"])),
            "none.safetensors", "does not exist", "Check the path");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => SafeTensorsReader.Open(directory.Path)), "is a directory");
        File.WriteAllBytes(directory["empty.safetensors"], []);
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => SafeTensorsReader.Open(directory["empty.safetensors"])),
            "empty.safetensors", "0 bytes");
        AssertRefused(Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 440449768\n"),
            "Git LFS", "git lfs pull");
        AssertRefused(Encoding.ASCII.GetBytes("<!DOCTYPE html><html><head>"), "web page");
        AssertRefused([.. "PK"u8, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0], "PyTorch", "pytorch_model.bin");
    }

    [TestMethod]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] file = Make(GoodHeader, s_goodData);
        for (int length = 0; length < file.Length; length++)
            AssertRefused(file[..length], "download");
        AssertRefused([.. file, 0], "expected nothing after the last tensor");
    }

    [TestMethod]
    public void A_header_that_claims_more_than_the_file_or_the_format_is_refused()
    {
        byte[] file = Make(GoodHeader, s_goodData);
        foreach ((ulong claim, string word) in
            new[] { ((ulong)file.Length - 7, "the file holds"), (100_000_001UL, "the format allows 100,000,000"),
                (ulong.MaxValue, "18,446,744,073,709,551,615"), ((ulong)long.MaxValue + 1, "claims"), (0UL, "'{'") })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(file, claim);
            AssertRefused(file, word);
        }
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "'b'", "overlaps tensor 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'b'", "overlaps tensor 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}}""", 9, "'b'", "hole after byte 4")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'", "hole after byte 0")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "end at byte 4", "holds 5 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "'a'", "ends at byte 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a'", "[8, 0]")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a'", "has 8 bytes; expected 12 for shape [3] of F32")]
    [DataRow("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "has 8 bytes; expected 4")]
    [DataRow("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1, "'a'", "expected 2")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'", "occurs twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'", "occurs twice")]
    [DataRow("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "dtype twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "shape twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", 4, "'a'", "data_offsets twice")]
    [DataRow("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", "occurs twice")]
    [DataRow("""{"__metadata__":{"format":1}}""", 0, "'format' is a number", "expected a string")]
    [DataRow("""{"__metadata__":[]}""", 0, "__metadata__", "is an array")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "'a'", "overflows")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "'a'", "overflows")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "'a'", "overflows")]
    [DataRow("""{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,0]}}""", 0, "'a'", "18446744073709551616")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a'", "'-1' in shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a'", "'1.5' in shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "'a'", "in shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "'a'", "more than 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}}""", 4, "'a'", "a number as shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "'a'", "expected two")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "'a'", "more than 2")]
    [DataRow("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "'F31'")]
    [DataRow("""{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "'32'")]
    [DataRow("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "no dtype")]
    [DataRow("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "'a'", "no shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "'a'", "no data_offsets")]
    [DataRow("""{"a":7}""", 0, "'a'", "is a number")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":[[[[[[[[[[]]]]]]]]]]}}""", 4, "JSON", "depth")]
    [DataRow("""[1]""", 0, "'{'", "JSON object")]
    [DataRow(""" {}""", 0, "'{'", "JSON object")]
    [DataRow("""{"a":""", 0, "JSON", "header")]
    [DataRow("""{} {}""", 0, "JSON", "header")]
    [DataRow("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "JSON", "header")]
    public void A_header_that_contradicts_the_format_is_refused(string header, int dataLength, string word1, string word2) =>
        AssertRefused(Make(header, new byte[dataLength]), word1, word2);

    [TestMethod]
    public void A_header_that_is_no_UTF8_is_refused() =>
        AssertRefused(Make([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']), "UTF-8");

    [TestMethod]
    public void Metadata_is_read_when_it_is_asked_for_and_twice_the_same_key_is_refused()
    {
        using SafeTensorsReader reader = Open("""{"__metadata__":{"k":"1","k":"2"}}""");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => reader.Metadata), "'hand.safetensors'", "'k'", "twice");
        using SafeTensorsReader odd = Open("""{"__metadata__":{"k":"\ud800"}}""");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => odd.Metadata), "'hand.safetensors'", "metadata");
    }

    [TestMethod]
    public void More_tensors_than_the_file_can_mean_are_refused_before_their_table_is_made()
    {
        var header = new StringBuilder("{");
        for (int i = 0; i < 20_000; i++)
            header.Append(i == 0 ? "" : ",").Append('"').Append(i).Append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
        byte[] file = Make(header.Append('}').ToString());
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(file, "20,000 tensors", "64 bytes");
        Assert.IsLessThan(2L * file.Length, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Headers_made_to_cost_memory_cost_at_most_twice_the_file()
    {
        static string Tensor(string name, string shape) => $$"""{{name}}:{"dtype":"F32","shape":{{shape}},"data_offsets":[0,0]}""";
        string[] headers =
        [
            "{" + string.Join(',', Enumerable.Range(0, 4096).Select(i => Tensor($"\"{i:x}\"", "[0,0,0,0,0,0,0,0]"))) + "}",
            "{" + string.Join(',', Enumerable.Range(0, 6000).Select(i => Tensor($"\"{i:x}{new string('n', 100)}\"", "[0,0,0,0,0,0,0,0]"))) +
                "," + Tensor("\"data\"", "[400000]").Replace("[0,0]", "[0,400000]", StringComparison.Ordinal)
                .Replace("F32", "I8", StringComparison.Ordinal) + "}",
            "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => Tensor($"\"{i:x}{new string('n', 4000)}\"", "[0]"))) + "}",
            "{\"__metadata__\":{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i:x}\":\"\"")) + "}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"more\":[" +
                string.Join(',', Enumerable.Repeat("0", 500_000)) + "]}}",
        ];
        foreach (string header in headers)
        {
            byte[] file = Make(header, new byte[header.Contains("[400000]", StringComparison.Ordinal) ? 400_000 : 0]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using SafeTensorsReader reader = SafeTensorsReader.Open(file, "hand.safetensors");
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.IsLessThan(2L * file.Length + 500_000, allocated, $"{file.Length:N0} bytes: {allocated:N0}");
        }
    }

    private static void AssertGood(SafeTensorsReader reader)
    {
        Assert.HasCount(5, reader.Entries);
        Assert.AreEqual("pt", reader.Metadata["format"]);
        Assert.AreEqual("a \"b\"", reader.Metadata["note"]);
        CollectionAssert.AreEqual(new[] { 1f, -2.5f }, reader.ReadArray("w", 2, 1));
        CollectionAssert.AreEqual(new[] { 1.5f }, reader.ReadArray("b"));
        CollectionAssert.AreEqual(new[] { 0.5f }, reader.ReadArray("h", 1));
        CollectionAssert.AreEqual(Array.Empty<float>(), reader.ReadArray("none", 0, 3));
        TensorEntry entry = reader.Require("w");
        Assert.AreEqual("w F32 [2, 1]", entry.ToString());
        Assert.AreEqual(2, entry.ElementCount);
        Assert.AreEqual(ElementType.Float32, entry.ElementType);
        Assert.AreEqual((0L, 8L), (entry.Start, entry.End));
        Assert.IsNull(reader.Require("ids").ElementType);
        Assert.AreEqual("I64", reader.Require("ids").StoredTypeName);
        Assert.IsTrue(reader.Contains("b"));
        Assert.IsFalse(reader.Contains("B"));
    }

    private sealed class EndlessStream : Stream
    {
        public int Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
