using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class SafeTensorsWriterTests
{
    [TestMethod]
    public void The_bytes_are_those_of_the_reference()
    {
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream,
        [
            TensorToWrite.FromMemory("b", [1], ElementType.Float16, new[] { 0.5f }),
            TensorToWrite.FromMemory("z", [2, 1], ElementType.Float32, new[] { 1f, -2.5f }),
            TensorToWrite.FromMemory("a+é", [], ElementType.Float16, new[] { 1f }),
            TensorToWrite.FromMemory("y", [1], ElementType.BFloat16, new[] { 1.5f }),
        ]);
        string header = """{"__metadata__":{"format":"pt"},"z":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"y":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},"a+é":{"dtype":"F16","shape":[],"data_offsets":[10,12]},"b":{"dtype":"F16","shape":[1],"data_offsets":[12,14]}}""";
        byte[] utf8 = Encoding.UTF8.GetBytes(header);
        byte[] padded = [.. utf8, .. Enumerable.Repeat((byte)' ', (8 - utf8.Length % 8) % 8)];
        CollectionAssert.AreEqual(
            SafeTensorsBytes.Make(padded, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0xC0, 0x3F, 0x00, 0x3C, 0x00, 0x38),
            stream.ToArray());
    }

    [TestMethod]
    [DataRow(ElementType.Float32)]
    [DataRow(ElementType.Float16)]
    [DataRow(ElementType.BFloat16)]
    public void What_is_written_reads_back(ElementType type)
    {
        var random = new Random(3);
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, float.Epsilon, 1e-40f, 6e-8f, 65504f, 1e38f,
            .. Enumerable.Range(0, 200_000).Select(_ => (float)(random.NextDouble() - 0.5))];
        using var directory = new TemporaryDirectory();
        string path = directory["sub/model.safetensors"];
        var pieces = new List<(long, int)>();
        SafeTensorsWriter.Write(path,
        [
            new TensorToWrite("big", [values.Length], type, (start, destination) =>
            {
                pieces.Add((start, destination.Length));
                values.AsSpan((int)start, destination.Length).CopyTo(destination);
            }),
            TensorToWrite.FromMemory("small", [3], ElementType.Float32, new[] { 1f, 2f, 3f }),
        ], new Dictionary<string, string> { ["who"] = "me" });

        Assert.IsGreaterThan(1, pieces.Count);
        Assert.AreEqual(values.Length, pieces.Sum(piece => piece.Item2));
        CollectionAssert.AreEqual(new[] { "sub", "sub/model.safetensors" }, directory.Listing());
        using SafeTensorsReader reader = SafeTensorsReader.Open(path);
        Assert.AreEqual("me", reader.Metadata["who"]);
        Assert.AreEqual(0, (new FileInfo(path).Length - reader.Entries.Values.Max(entry => entry.End)) % 8);
        float[] read = reader.ReadArray("big", values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            float expected = type switch
            {
                ElementType.Float16 => (float)(Half)values[i],
                ElementType.BFloat16 => RoundToBFloat16(values[i]),
                _ => values[i],
            };
            if (float.IsNaN(expected))
                Assert.IsTrue(float.IsNaN(read[i]));
            else
                Assert.AreEqual(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(read[i]));
        }
        CollectionAssert.AreEqual(new[] { 1f, 2f, 3f }, reader.ReadArray("small", 3));
    }

    [TestMethod]
    public void A_producer_that_throws_leaves_nothing_behind()
    {
        using var directory = new TemporaryDirectory();
        InvalidOperationException thrown =
            Assert.ThrowsExactly<InvalidOperationException>(() => SafeTensorsWriter.Write(directory["a/b/model.safetensors"],
                [Failing(150_000, () => throw new InvalidOperationException("midway"))]));
        Assert.AreEqual("midway", thrown.Message);
        Assert.IsEmpty(directory.Listing());

        File.WriteAllText(directory["model.safetensors"], "old");
        Assert.ThrowsExactly<InvalidOperationException>(
            () => SafeTensorsWriter.Write(directory["model.safetensors"], [Failing(150_000, () => throw new InvalidOperationException())]));
        CollectionAssert.AreEqual(new[] { "model.safetensors" }, directory.Listing());
        Assert.AreEqual("old", File.ReadAllText(directory["model.safetensors"]));
    }

    [TestMethod]
    public void A_canceled_write_leaves_nothing_behind()
    {
        using var directory = new TemporaryDirectory();
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => SafeTensorsWriter.Write(directory["model.safetensors"],
            [Failing(150_000, cancellation.Cancel)], null, cancellation.Token));
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void Impossible_tensors_are_refused_before_anything_is_written()
    {
        var stream = new MemoryStream();
        void Refused(string word, params TensorToWrite[] tensors)
        {
            ArgumentException exception = Assert.Throws<ArgumentException>(() => SafeTensorsWriter.Write(stream, tensors));
            StringAssert.Contains(exception.Message, word);
            Assert.AreEqual(0, stream.Length);
        }
        static TensorToWrite One(string name, params long[] shape) => new(name, shape, ElementType.Float32, (_, _) => { });
        Refused("'a'", One("a", 1), One("a", 2));
        Refused("__metadata__", One("__metadata__", 1));
        Refused("1 to 4,096", One("", 1));
        Refused("[-1]", One("a", -1));
        Refused("at most 8", One("a", 1, 1, 1, 1, 1, 1, 1, 1, 1));
        Refused("elementType", new TensorToWrite("a", [1], (ElementType)9, (_, _) => { }), One("b"));
        Assert.ThrowsExactly<OverflowException>(() => SafeTensorsWriter.Write(stream, [One("a", long.MaxValue, 2)]));
        Assert.ThrowsExactly<ArgumentException>(() => TensorToWrite.FromMemory("a", [2], ElementType.Float32, new float[3]));
    }

    [TestMethod]
    public void A_file_of_no_tensors_is_a_file()
    {
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, []);
        using SafeTensorsReader reader = SafeTensorsReader.Open(stream.ToArray(), "none");
        Assert.IsEmpty(reader.Entries);
    }

    private static TensorToWrite Failing(long count, Action midway) => new("t", [count], ElementType.Float16, (start, _) =>
    {
        if (start > 0)
            midway();
    });

    private static float RoundToBFloat16(float value)
    {
        if (float.IsNaN(value))
            return value;
        uint bits = BitConverter.SingleToUInt32Bits(value), lower = bits & 0xFFFF, upper = bits & 0xFFFF0000;
        bool up = lower > 0x8000 || (lower == 0x8000 && (upper & 0x10000) != 0);
        return BitConverter.UInt32BitsToSingle(up ? upper + 0x10000 : upper);
    }
}
