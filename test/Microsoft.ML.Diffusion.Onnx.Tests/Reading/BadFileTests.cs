using Google.Protobuf;
using Microsoft.ML.Diffusion.Checkpoints;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>Files that are cut, damaged, hostile or of another kind are refused with what to do.</summary>
[TestClass]
public sealed class BadFileTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void A_file_that_is_cut_anywhere_is_refused()
    {
        byte[] onnx = Fixture.Read("bert");
        for (int length = 0; length < onnx.Length; length += 97)
            Refused(onnx[..length], length == 0 ? "is empty" : "expected");
        Refused([.. onnx, 0xFF], "no valid tag", "number ends");
    }

    [TestMethod]
    public void Files_of_other_kinds_are_named()
    {
        Refused("version https://git-lfs.github.com/spec/v1"u8.ToArray(), "Git LFS pointer");
        Refused("<!DOCTYPE html><html></html>"u8.ToArray(), "web page");
        Refused("PK\x03\x04....."u8.ToArray(), "zip archive");
        Refused("....ORTM...."u8.ToArray(), ".ort format");
        Refused("Not a model at all, but a text of some length."u8.ToArray(), "not a valid ONNX file", "has no graph");
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(99)]
    public void An_unknown_opset_is_named(int version) =>
        Refused(Change(file => file.OpsetImport[0].Version = version), $"version {version} of ONNX's operators", "7 to 26");

    [TestMethod]
    public void A_file_without_an_opset_is_refused() => Refused(Change(file => file.OpsetImport.Clear()), "opset_import");

    [TestMethod]
    public void A_cycle_names_a_node()
    {
        byte[] onnx = Change(file =>
        {
            NodeProto[] sums = [.. file.Graph.Node.Where(node => node.OpType == "Add")];
            sums[3].Input[0] = sums[^1].Output[0];
        });
        Refused(onnx, "has a cycle", "(Add");
    }

    [TestMethod]
    public void A_value_that_nothing_makes_is_named() =>
        Refused(Change(file => file.Graph.Node.First(node => node.OpType == "Softmax").Input[0] = "nowhere"), "'nowhere'", "Softmax");

    [TestMethod]
    public void A_value_that_two_nodes_make_is_named() =>
        Refused(Change(file => file.Graph.Node[5].Output[0] = file.Graph.Node[4].Output[0]), "makes too");

    [TestMethod]
    [DataRow(new long[] { 1L << 40, 8 })]
    [DataRow(new long[] { 1L << 30, 1L << 30 })]
    [DataRow(new long[] { int.MaxValue, int.MaxValue, int.MaxValue })]
    [DataRow(new long[] { 24, 9 })]
    [DataRow(new long[] { -24, -8 })]
    public void A_tensor_that_claims_more_than_its_data_is_named(long[] dims)
    {
        byte[] onnx = Change(file => SetDims(Table(file), dims));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(onnx, "word_embeddings");
        Assert.IsLessThan(1L << 22, GC.GetAllocatedBytesForCurrentThread() - before - 2 * onnx.Length);
    }

    [TestMethod]
    public void A_made_up_constant_of_terabytes_is_not_made()
    {
        byte[] onnx = Change(file =>
        {
            NodeProto range = file.Graph.Node.First(node => node.OpType == "Sub");
            range.OpType = "ConstantOfShape";
            range.Input.Clear();
            range.Input.Add("huge");
            var shape = new TensorProto { Name = "huge", DataType = (int)TensorProto.Types.DataType.Int64 };
            shape.Dims.Add(3);
            shape.Int64Data.AddRange([1L << 31, 1L << 31, 1L << 31]);
            file.Graph.Initializer.Add(shape);
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(onnx, "not understood");
        Assert.IsLessThan(1L << 24, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void The_first_node_that_is_not_understood_is_named()
    {
        byte[] onnx = Change(file =>
        {
            NodeProto softmax = file.Graph.Node.Last(node => node.OpType == "Softmax");
            (softmax.OpType, softmax.Name) = ("Hardmax", "/encoder/layer.1/hard");
        });
        Refused(onnx, "'/encoder/layer.1/hard' (Hardmax");
        byte[] foreign = Change(file => file.Graph.Node.First(node => node.OpType == "Softmax").Domain = "my.company");
        Refused(foreign, "my.company", "not known");
    }

    [TestMethod]
    public void A_graph_that_computes_something_else_is_not_read_as_an_encoder()
    {
        // Scores that are scaled by a negative number, a mask that hides too little, a different sum.
        Refused(Change(file => Constants(file, -10000f, -1f)), "a mask of 0 and very negative numbers");
        Refused(Change(file => file.Graph.Node.Last(node => node.OpType == "Erf").OpType = "Sigmoid"), "sigmoid", "not understood");
        Refused(Change(file => file.Graph.Node.First(node => node.OpType == "Softmax").Attribute[0].I = 1), "runs over axis 1");
    }

    [TestMethod]
    public void Inputs_of_another_kind_are_named() =>
        Refused(Change(file => file.Graph.Input[0].Name = "pixel_values"), "'pixel_values'", "'input_ids'");

    [TestMethod]
    public void A_model_in_several_files_is_read_from_its_folder_alone()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName;
        string path = Path.Combine(folder, "model.onnx"), data = Path.Combine(folder, "model.onnx_data");
        byte[] onnx = Fixture.Read("bert");
        ModelProto file = ModelProto.Parser.ParseFrom(onnx);
        using (FileStream stream = File.Create(data))
        {
            foreach (TensorProto tensor in file.Graph.Initializer.Where(tensor => tensor.RawData.Length >= 64))
                MoveOut(tensor, stream, "model.onnx_data");
        }
        File.WriteAllBytes(path, file.ToByteArray());
        EncoderModel model = EncoderModel.FromOnnx(path, Fixture.Tokenizer());
        using (var pair = new ModelPair(onnx, model))
            pair.Compare(1, 7, 12).AssertEqual();

        CheckpointException refused = Assert.ThrowsExactly<CheckpointException>(
            () => EncoderModel.FromOnnx(new MemoryStream(file.ToByteArray()), Fixture.Tokenizer()));
        Assert.Contains("Give the path of the ONNX file", refused.Message);

        // The data of another model, cut.
        using (FileStream stream = File.OpenWrite(data))
            stream.SetLength(stream.Length / 2);
        Assert.Contains("expected them inside", Path_refused(path));
        File.Delete(data);
        Assert.Contains("is missing from", Path_refused(path));

        foreach (string location in new[] { "../model.onnx_data", "/etc/passwd", "data/model", @"..\model", "C:model", "..", "" })
        {
            ModelProto outside = file.Clone();
            outside.Graph.Initializer.First(tensor => tensor.ExternalData.Count > 0).ExternalData
                .Single(entry => entry.Key == "location").Value = location;
            File.WriteAllBytes(path, outside.ToByteArray());
            Assert.Contains("expected the name of a file in the model's own folder", Path_refused(path), location);
        }
        File.CreateSymbolicLink(data, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        File.WriteAllBytes(path, file.ToByteArray());
        Assert.Contains("model.onnx_data", Path_refused(path));
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void Numbers_of_external_data_are_checked()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName;
        string path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(Path.Combine(folder, "data"), new byte[1000]);
        foreach ((string key, string value, string expected) in new[]
        {
            ("offset", "-8", "expected a number of bytes"), ("offset", "9223372036854775807", "expected them inside"),
            ("length", "1e3", "expected a number of bytes"), ("length", "64", "claims"), ("length", "99999999999", "expected them inside"),
        })
        {
            ModelProto file = ModelProto.Parser.ParseFrom(Fixture.Read("bert"));
            TensorProto table = Table(file);
            table.RawData = ByteString.Empty;
            table.DataLocation = TensorProto.Types.DataLocation.External;
            table.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "data" });
            table.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            File.WriteAllBytes(path, file.ToByteArray());
            Assert.Contains(expected, Path_refused(path), $"{key} {value}");
        }
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void Paths_of_other_things_are_named()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName;
        Assert.Contains("is a directory", Path_refused(folder));
        Assert.Contains("does not exist", Path_refused(Path.Combine(folder, "none.onnx")));
        string model = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(model, Fixture.Read("bert"));
        Assert.Contains("expected a tokenizer's directory",
            Assert.ThrowsExactly<CheckpointException>(() => EncoderModel.FromOnnx(model, model)).Message);
        Assert.ThrowsExactly<CheckpointException>(() => EncoderModel.FromOnnx(model, Path.Combine(folder, "none")));
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void Damaged_files_load_or_are_refused_and_allocate_little()
    {
        byte[][] models = [.. Fixture.Names.Select(Fixture.Read)];
        MutantReport report = OnnxMutants.Run(models, Fixture.Tokenizer(), first: 100_000, count: 200);
        TestContext.WriteLine(report.ToString());
        Assert.IsEmpty(report.Failures, string.Join('\n', report.Failures));
        Assert.IsGreaterThan(10, report.Loaded);
    }

    private static byte[] Change(Action<ModelProto> change)
    {
        ModelProto file = ModelProto.Parser.ParseFrom(Fixture.Read("bert"));
        change(file);
        return file.ToByteArray();
    }

    private static TensorProto Table(ModelProto file) =>
        file.Graph.Initializer.Single(tensor => tensor.Name.EndsWith("word_embeddings.weight", StringComparison.Ordinal));

    private static void SetDims(TensorProto tensor, long[] dims)
    {
        tensor.Dims.Clear();
        tensor.Dims.AddRange(dims);
    }

    private static void Constants(ModelProto file, float from, float to)
    {
        foreach (TensorProto value in file.Graph.Node.Where(node => node.OpType == "Constant").Select(node => node.Attribute[0].T)
            .Where(value => value.RawData.Length == 4 && BitConverter.ToSingle(value.RawData.Span) == from))
            value.RawData = ByteString.CopyFrom(BitConverter.GetBytes(to));
    }

    private static void MoveOut(TensorProto tensor, Stream stream, string location)
    {
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{stream.Position}" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" });
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.RawData.WriteTo(stream);
        tensor.RawData = ByteString.Empty;
    }

    private static string Path_refused(string path) =>
        Assert.ThrowsExactly<CheckpointException>(() => EncoderModel.FromOnnx(path, Fixture.Tokenizer())).Message;

    /// <summary>The message has one of the words.</summary>
    private void Refused(byte[] onnx, params string[] words)
    {
        string message = Assert.ThrowsExactly<CheckpointException>(
            () => EncoderModel.FromOnnx(new MemoryStream(onnx), Fixture.Tokenizer())).Message;
        if (onnx.Length % 11 == 0 || words.Length > 1)
            TestContext.WriteLine(message);
        Assert.IsTrue(Array.Exists(words, word => message.Contains(word, StringComparison.Ordinal)), message);
    }
}
