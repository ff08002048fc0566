using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Checkpoints.Torch;
using static Microsoft.ML.Diffusion.Tests.Checkpoints.Torch.TorchBytes;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

[TestClass]
public class TorchCheckpointReaderTests
{
    private static readonly byte[] s_six = MemoryMarshal.AsBytes<float>([0f, 1f, 2f, 3f, 4f, 5f]).ToArray();

    [TestMethod]
    [DataRow("zip.bin")]
    [DataRow("stream.bin")]
    [DataRow("protocol4.bin")]
    [DataRow("protocol5.bin")]
    [DataRow("training.bin")]
    [DataRow("objects.bin")]
    public void Files_of_PyTorch_read_as_the_safetensors_of_the_same_tensors(string name)
    {
        using var expected = SafeTensorsReader.Open(TorchFixtures.Path("values.safetensors"));
        using var actual = TorchCheckpointReader.Open(ModelFile.Open(TorchFixtures.Path(name)));
        CollectionAssert.AreEquivalent(expected.Entries.Keys.ToArray(), actual.Entries.Keys.ToArray());
        foreach ((string tensor, TensorEntry entry) in expected.Entries)
        {
            Assert.AreEqual(entry.ToString(), actual.Require(tensor).ToString());
            if (!entry.Type.IsReadable)
            {
                float[] none = new float[entry.ElementCount];
                CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => actual.Read(tensor, none));
                StringAssert.Contains(exception.Message, entry.StoredTypeName);
                continue;
            }
            float[] values = expected.ReadArray(tensor, entry.Shape);
            Comparison.AssertSameBits(values, actual.ReadArray(tensor, entry.Shape), tensor);
            for (int start = 0; start < values.Length; start++)
            {
                float[] piece = new float[Math.Min(4, values.Length - start)];
                actual.Read(tensor, start, piece);
                Comparison.AssertSameBits(values.AsSpan(start, piece.Length), piece, $"{tensor} from {start}");
            }
        }
    }

    [TestMethod]
    public void Doubles_become_the_nearest_floats()
    {
        byte[] doubles = MemoryMarshal.AsBytes<double>([0.1, 1e300, -0.0]).ToArray();
        byte[] pickle = PickleBytes.StateDict(items => items.Text("d").Tensor("0", 3, [3], type: "DoubleStorage")).End();
        using TorchCheckpointReader reader = Open(Zip(pickle, ("archive/data/0", doubles)));
        Comparison.AssertSameBits(new[] { 0.1f, float.PositiveInfinity, -0f }, reader.ReadArray("d", 3), "d");
    }

    [TestMethod]
    public void What_newer_PyTorch_writes_is_read()
    {
        byte[] pickle = PickleBytes.StateDict(items => items
            .Text("typed").Global("torch._utils", "_rebuild_tensor_v3").Op("(")
                .Storage("0", 24, "UntypedStorage", "torch.storage").Int(1).Tuple(2, 2).Tuple(1, 2)
                .Raw(0x89).Global("collections", "OrderedDict").Op(")R").Global("torch", "float32").Op("tR")
            .Text("words").Global("torch._utils", "_rebuild_tensor_v3").Op("(")
                .Storage("0", 24, "UntypedStorage", "torch.storage").Int(0).Tuple(12).Tuple(1)
                .Raw(0x89).Global("collections", "OrderedDict").Op(")R").Global("torch", "uint16").Op("tR")
            .Text("with_state").Global("torch._utils", "_rebuild_parameter_with_state").Op("(").Tensor("0", 6, [6]).Raw(0x88).Op("}}tR")
            .Text("sized").Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage("0", 6).Int(0)
                .Global("torch", "Size").Tuple(3, 2).Raw(0x85).Op("R").Tuple(2, 1).Raw(0x89).Op("}tR")).End();
        using TorchCheckpointReader reader = Open(ZipOf(
        [
            ("any name/data.pkl", pickle), ("any name/.format_version", "1"u8.ToArray()),
            ("any name/byteorder", "little"u8.ToArray()), ("any name/data/0", s_six),
            ("any name/version", "3\n"u8.ToArray()), ("any name/.data/serialization_id", "1"u8.ToArray()),
        ]));
        CollectionAssert.AreEqual(new[] { 1f, 3f, 2f, 4f }, reader.ReadArray("typed", 2, 2));
        Assert.AreEqual("U16", reader.Require("words").StoredTypeName);
        CollectionAssert.AreEqual(new[] { 0f, 1f, 2f, 3f, 4f, 5f }, reader.ReadArray("with_state", 6));
        CollectionAssert.AreEqual(new[] { 0f, 1f, 2f, 3f, 4f, 5f }, reader.ReadArray("sized", 3, 2));
    }

    [TestMethod]
    public void What_Python_2_wrote_is_read()
    {
        // OrderedDict([('n', None), ['w', tensor]]), with 8-bit texts.
        byte[] pickle = PickleBytes.Start().Global("collections", "OrderedDict").Op("](U\x01n").Raw((byte)'N', 0x86).Op("](U\x01w")
            .Tensor("0", 6, [6]).Op("ee\x85R").End();
        using TorchCheckpointReader reader = Open(Stream(pickle, ("0", 6, s_six)));
        Assert.AreEqual(5f, reader.ReadArray("w", 6)[5]);
    }

    [TestMethod]
    [DataRow("state_dict")]
    [DataRow("model_state_dict")]
    [DataRow("model")]
    [DataRow("module")]
    public void A_state_dict_among_other_entries_is_found(string wrapper)
    {
        byte[] pickle = PickleBytes.Start().Op("}(").Text("epoch").Int(3).Text("lr").Op("G\0\0\0\0\0\0\0\0").Text("rng").Op("C\u0003abc")
            .Text(wrapper).Op("}(").Text("w").Tensor("0", 6, [2, 3]).Text("n").Int(1).Op("uu").End();
        using TorchCheckpointReader reader = Open(Zip(pickle, ("archive/data/0", s_six)));
        Assert.AreEqual("w", reader.Entries.Keys.Single());
        AssertRefused(Zip(PickleBytes.Start().Op("}").Text("epoch").Int(3).Op("s").End()), "'epoch'", "state_dict");
        AssertRefused(Zip(PickleBytes.Start().Tensor("0", 6, [6]).End(), ("archive/data/0", s_six)), "something else than a table");
        AssertRefused(Zip(PickleBytes.Start().Op("}").End()), "an empty table");
    }

    [TestMethod]
    public void Objects_beside_a_state_dict_are_ignored()
    {
        byte[] pickle = PickleBytes.Start().Op("}(")
            // argparse.Namespace(lr=None), a class with attributes
            .Text("args").Global("argparse", "Namespace").Op(")").Raw(0x81).Op("}").Text("lr").Op("Nsb")
            // numpy.float64, over a dtype with a state
            .Text("best").Global("numpy.core.multiarray", "scalar").Global("numpy", "dtype").Text("f8")
            .Raw(0x89, 0x88, 0x87).Op("R(K\u0003")
            .Text("<").Op("NNNJ").Int32(-1).Op("J").Int32(-1).Op("K\0tb").Global("_codecs", "encode").Text("12345678").Text("latin1")
            .Raw(0x86).Op("R").Raw(0x86).Op("R")
            // pathlib.PosixPath, a defaultdict with an item, a deque with one, an object of protocol 4
            .Text("path").Global("pathlib", "PosixPath").Text("a").Raw(0x85).Op("R")
            .Text("counts").Global("collections", "defaultdict").Global("builtins", "int").Raw(0x85).Op("RK\u0001K\u0002s")
            .Text("last").Global("collections", "deque").Op(")RK\u0001a(K\u0002e")
            .Text("made").Global("a", "B").Op(")}").Raw(0x92)
            .Text("state_dict").Op("}").Text("w").Tensor("0", 6, [2, 3]).Op("su").End();
        foreach (byte[] file in new[] { Zip(pickle, ("archive/data/0", s_six)), Stream(pickle, ("0", 6, s_six)) })
        {
            using TorchCheckpointReader reader = Open(file);
            Assert.AreEqual("w", reader.Entries.Keys.Single());
            CollectionAssert.AreEqual(new[] { 0f, 1f, 2f, 3f, 4f, 5f }, reader.ReadArray("w", 2, 3));
        }
    }

    [TestMethod]
    public void A_tensor_that_depends_on_an_unknown_name_is_refused()
    {
        Refused(items => items.Global("torch._utils", "_rebuild_sparse_tensor").Tensor("0", 6, [6]).Raw(0x85).Op("R"), "_rebuild_sparse");
        Refused(items => items.Global("torch._utils", "_rebuild_parameter").Global("a", "B").Op(")R").Raw(0x88).Op("}").Raw(0x87).Op("R"),
            "'a.B'");
        Refused(items => items.Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage("0", 6).Int(0).Global("a", "B").Tuple(1)
            .Raw(0x89).Op("}tR"), "'a.B'");
        Refused(items => items.Storage("0", 6, "ComplexFloatStorage"), "'torch.ComplexFloatStorage'");
        byte[] table = PickleBytes.Start().Op("}").Text("state_dict").Global("a", "Table").Op(")R(").Text("w").Tensor("0", 6, [6])
            .Op("us").End();
        AssertRefused(Zip(table, ("archive/data/0", s_six)), "'a.Table'", "nothing of it was run");

        static void Refused(Action<PickleBytes> tensor, string word)
        {
            byte[] pickle = PickleBytes.Start().Op("}").Text("model").Op("}(").Text("sound").Tensor("0", 6, [6])
                .Text("w").Apply(tensor).Op("us").End();
            AssertRefused(Zip(pickle, ("archive/data/0", s_six)), word, "nothing of it was run", "Save the state_dict() alone");
        }
    }

    [TestMethod]
    public void Attributes_and_empty_tables_and_unused_storages_do_no_harm()
    {
        byte[] pickle = PickleBytes.StateDict(items => items.Text("w").Tensor("0", 6, [6]))
            .Op("}").Text("_metadata").Global("collections", "OrderedDict").Op(")Rsb").End();
        using TorchCheckpointReader reader = Open(Zip(pickle, ("archive/data/0", s_six), ("archive/data/1", s_six)));
        Assert.AreEqual(3f, reader.ReadArray("w", 6)[3]);
        Assert.IsEmpty(reader.Metadata);
    }

    [TestMethod]
    public void A_whole_module_and_a_program_are_refused_by_name()
    {
        AssertRefused(TorchFixtures.Read("module.bin"), "'torch.nn.modules.linear.Linear'", "nothing of it was run", "state_dict()");
        AssertRefused(TorchFixtures.Read("script.bin"), "TorchScript", "state_dict()");
    }

    [TestMethod]
    public void Files_of_other_kinds_are_named()
    {
        AssertRefused([], "0 bytes");
        AssertRefused([1, 2, 3], "3 bytes", "neither layout");
        AssertRefused([.. "version https://git-lfs.github.com/spec/v1"u8], "Git LFS", "git lfs pull");
        AssertRefused([.. "<!DOCTYPE html>"u8], "web page");
        AssertRefused(PickleBytes.Start().Op("}").End(), "not one of torch.save");
        AssertRefused(ZipOf([("word/document.xml", s_six)]), "<folder>/data.pkl");
        AssertRefused(ZipOf([("a/b/data.pkl", s_six)]), "<folder>/data.pkl");
    }

    [TestMethod]
    public void Another_byte_order_is_refused()
    {
        byte[] pickle = PickleBytes.StateDict(items => items.Text("w").Tensor("0", 6, [6])).End();
        AssertRefused(Zip(pickle, ("archive/data/0", s_six), ("archive/byteorder", "big"u8.ToArray())), "'big'", "'little'");
        AssertRefused(Stream(littleEndian: false, pickle, ("0", 6, s_six)), "little-endian");
    }

    [TestMethod]
    public void A_compressed_entry_is_refused_whatever_size_it_claims()
    {
        byte[] pickle = PickleBytes.StateDict(items => items.Text("w").Tensor("0", 1 << 20, [1 << 20])).End();
        byte[] file = ZipOf([("archive/data.pkl", pickle), ("archive/data/0", new byte[4 << 20])], CompressionLevel.Optimal);
        AssertRefused(file, "'archive/data.pkl'", "compressed");
        byte[] stored = Zip(pickle, ("archive/data/0", []));
        AssertRefused(stored, "'w'", "1,048,576 elements", "holds 0 bytes");
    }

    [TestMethod]
    public void Damaged_archives_are_refused()
    {
        byte[] sound = Zip(PickleBytes.StateDict(items => items.Text("w").Tensor("0", 6, [6])).End(), ("archive/data/0", s_six));
        Open(sound).Dispose();
        AssertRefused(sound[..^1], "directory, which stands at its end, is missing");
        AssertRefused(sound[..60], "is missing");
        AssertRefused([.. sound, 0], "is missing");
        AssertRefused(Edited(sound, sound.Length - 12, 0xFF, 0xFF), "entries");                             // the count
        AssertRefused(Edited(sound, sound.Length - 6, 0xFF, 0xFF, 0xFF, 0xFF), "from byte 4,294,967,295");      // the directory's place
        AssertRefused(ZipOf([("archive/data.pkl", s_six), ("archive/data.pkl", s_six)]), "'archive/data.pkl' occurs twice");
        int header = sound.AsSpan().IndexOf("PK\x01\x02"u8);
        AssertRefused(Edited(sound, header + 42, 0xF0, 0xFF, 0, 0), "'archive/data.pkl'", "where the zip's directory says it is");
        AssertRefused(Edited(sound, header + 20, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F), "2,147,483,647 bytes");
        AssertRefused(Edited(sound, header + 20, 0xFF, 0xFF, 0xFF, 0xFF), "lacks its 64-bit size");
        AssertRefused(Edited(sound, header + 28, 0xFF, 0xFF), "cut short");
    }

    [TestMethod]
    public void Damaged_streams_are_refused()
    {
        byte[] pickle = PickleBytes.StateDict(items => items.Text("w").Tensor("0", 6, [6])).End();
        Open(Stream(pickle, ("0", 6, s_six))).Dispose();
        AssertRefused(Stream(pickle), "'0'", "lacks");
        AssertRefused(Stream(pickle, ("0", 6, s_six), ("1", 6, s_six)), "no tensor lies in");
        AssertRefused(Stream(pickle, ("0", 6, s_six), ("0", 6, s_six)), "listed twice");
        AssertRefused(Stream(pickle, ("0", 6, s_six[1..])), "claims 6 elements", "23 bytes");
        AssertRefused(Stream(pickle, ("0", -1, s_six)), "claims -1 elements");
        AssertRefused(Stream(pickle, ("0", long.MaxValue, s_six)), "claims 9,223,372,036,854,775,807 elements");
        AssertRefused(Stream(pickle, ("0", 5, s_six[4..])), "6 elements", "20 bytes");
        AssertRefused(Stream(pickle, ("0", 6, [.. s_six, 0])), "expected nothing after the last storage");
        AssertRefused(Stream(pickle, ("0", 6, s_six))[..^25], "'0' is missing");
        byte[] view = PickleBytes.StateDict(items => items.Text("w").Op("(")
            .Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(6).Tuple(1, 2, 3).Op("tQ")).End();
        AssertRefused(Stream(view), "view of a storage");
    }

    [TestMethod]
    public void Tensors_that_do_not_fit_their_storage_are_refused()
    {
        Refused(items => items.Tensor("1", 6, [6]), "'1'", "which the file lacks");
        Refused(items => items.Tensor("0", 7, [6]), "7 elements of 4 bytes", "24 bytes");
        Refused(items => items.Tensor("0", 3, [6], type: "LongStorage"), "[6]", "3 elements");
        Refused(items => items.Tensor("0", 6, [7]), "[7]", "6 elements");
        Refused(items => items.Tensor("0", 6, [6], offset: 1), "element 1");
        Refused(items => items.Tensor("0", 6, [6], offset: -1), "element -1");
        Refused(items => items.Tensor("0", 6, [2, 3], [4, 1]), "[4, 1]");
        Refused(items => items.Tensor("0", 6, [1L << 40]), "[1099511627776]");
        Refused(items => items.Tensor("0", 6, [1L << 40], [0]), "repeats them", "contiguous()");
        Refused(items => items.Tensor("0", 6, [3, 3], [0, 1]), "repeats them");
        Refused(items => items.Tensor("0", 6, [1L << 40, 1L << 40], [0, 0]), "overflows");
        Refused(items => items.Tensor("0", 6, [2, 2], [long.MaxValue, 1]), "overflows");
        Refused(items => items.Tensor("0", 6, [3], [long.MaxValue / 2], offset: 5), "overflows");
        Refused(items => items.Tensor("0", 6, [-1]), "no whole number");
        Refused(items => items.Tensor("0", 6, [6], [1, 1]), "1 dimensions and 2 strides");
        Refused(items => items.Tensor("0", 6, [1, 1, 1, 1, 1, 1, 1, 1, 6]), "9 dimensions");
        Refused(items => items.Tensor("0", 6, [6]).Text("w").Tensor("0", 6, [6]), "occurs twice");
        Refused(items => items.Tensor("0", 6, [6]).Int(1).Tensor("0", 6, [6]), "without a name");
        Refused(items => items.Tensor("0", 6, [6]).Text(new string('n', 5000)).Tensor("0", 6, [6]), "4,096");

        static void Refused(Action<PickleBytes> tensor, params string[] words) =>
            AssertRefused(Zip(PickleBytes.StateDict(items => tensor(items.Text("w"))).End(), ("archive/data/0", s_six)), words);
    }

    [TestMethod]
    public void Few_bytes_that_many_tensors_share_are_refused()
    {
        byte[] pickle = PickleBytes.StateDict(items =>
        {
            for (int i = 0; i < 50; i++)
                items.Text($"w{i}").Tensor("0", 100_000, [100_000]);
        }).End();
        AssertRefused(Zip(pickle, ("archive/data/0", new byte[400_000])), "'w2'", "share them");
    }

    private static byte[] Edited(byte[] file, int at, params byte[] bytes)
    {
        byte[] edited = [.. file];
        bytes.CopyTo(edited, at);
        return edited;
    }
}
