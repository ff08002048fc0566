using static Microsoft.ML.Diffusion.Tests.Checkpoints.Torch.TorchBytes;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

/// <summary>Pickles that would run something in Python, or exhaust a machine: refused by name, in bounded memory.</summary>
[TestClass]
public class RestrictedUnpicklerTests
{
    [TestMethod]
    [DataRow("os", "system")]
    [DataRow("posix", "system")]
    [DataRow("nt", "system")]
    [DataRow("__builtin__", "eval")]
    [DataRow("builtins", "exec")]
    [DataRow("builtins", "getattr")]
    [DataRow("subprocess", "Popen")]
    [DataRow("torch", "load")]
    [DataRow("torch._utils", "_rebuild_sparse_tensor")]
    [DataRow("torch.nn.modules.linear", "Linear")]
    [DataRow("numpy.core.multiarray", "_reconstruct")]
    [DataRow("collections", "OrderedDict.__init__")]
    [DataRow("", "")]
    public void Other_names_are_refused_however_they_are_spelled(string module, string name)
    {
        string refused = $"'{module}.{name}'";
        PickleBytes[] pickles =
        [
            PickleBytes.Start().Global(module, name).Text("echo").Raw(0x85).Op("R"),
            PickleBytes.Start(4).Text(module).Text(name).Raw(0x93).Text("echo").Raw(0x85).Op("R"),
            PickleBytes.Start().Op("(").Text("echo").Op($"i{module}\n{name}\n"),
            PickleBytes.Start().Op("(").Global(module, name).Text("echo").Op("o"),
            PickleBytes.Start().Global(module, name).Op(")").Raw(0x81),
            PickleBytes.Start(4).Global(module, name).Op(")}").Raw(0x92),
            PickleBytes.StateDict(items => items.Text("w").Global(module, name)),
            PickleBytes.Start().Op("(").Text("storage").Global(module, name).Text("0").Text("cpu").Int(1).Op("tQ"),
        ];
        foreach (PickleBytes pickle in pickles)
        {
            byte[] bytes = pickle.End();
            AssertRefused(Zip(bytes), refused, "nothing of it was run", "Save the state_dict() alone");
            AssertRefused(Stream(bytes), refused, "nothing of it was run");
        }
    }

    [TestMethod]
    public void Opcodes_of_other_uses_are_refused_by_name()
    {
        Refused(PickleBytes.Start().Global("collections", "OrderedDict").Op(")").Raw(0x81), "NEWOBJ");
        Refused(PickleBytes.Start(4).Global("collections", "OrderedDict").Op(")}").Raw(0x92), "NEWOBJEX");
        Refused(PickleBytes.Start().Op("(icollections\nOrderedDict\n"), "INST");
        Refused(PickleBytes.Start().Op("(").Global("collections", "OrderedDict").Op("o"), "OBJ");
        Refused(PickleBytes.Start().Raw(0x82, 1), "EXT1");
        Refused(PickleBytes.Start().Raw(0x83, 1, 0), "EXT2");
        Refused(PickleBytes.Start().Raw(0x84, 1, 0, 0, 0), "EXT4");
        Refused(PickleBytes.Start().Op("P0\n"), "PERSID");
        Refused(PickleBytes.Start().Raw(0x97), "NEXTBUFFER");
        Refused(PickleBytes.Start().Op("I1\n"), "INT");
        Refused(PickleBytes.Start().Raw(0xFF), "0xFF");
        Refused(PickleBytes.Start(6), "protocol is 6");
    }

    [TestMethod]
    public void Calls_and_persistent_ids_of_other_shapes_are_refused()
    {
        const string tensor = "_rebuild_tensor_v2", parameter = "_rebuild_parameter";
        Refused(PickleBytes.Start().Global("torch._utils", tensor).Op(")R"), tensor, "0 arguments");
        Refused(PickleBytes.Start().Global("torch._utils", parameter).Op("}}}").Raw(0x87).Op("R"), parameter, "3 arguments");
        Refused(PickleBytes.Start().Global("torch", "FloatStorage").Tuple(1L << 50).Op("R"), "'torch.FloatStorage'");
        Refused(PickleBytes.Start().Global("torch", "Size").Int(5).Raw(0x85).Op("R"), "'torch.Size'");
        Refused(PickleBytes.Start().Global("collections", "OrderedDict").Op("]").Int(1).Op("a").Raw(0x85).Op("R"), "no pairs");
        Refused(PickleBytes.Start().Text("print").Op(")R"), "no name");
        Refused(PickleBytes.Start().Global("collections", "OrderedDict").Op("}R"), "no name");
        Refused(PickleBytes.Start().Global("a", "B").Op("}R"), "no name");
        Refused(PickleBytes.Start().Global("a", "B").Op("}").Raw(0x81), "NEWOBJ");
        Refused(PickleBytes.Start().Text("0").Op("Q"), "persistent id is no tuple");
        Refused(PickleBytes.Start().Op(")Q"), "persistent id");
        Refused(PickleBytes.Start().Op("(").Text("module").Text("x").Text("y").Op("tQ"), "'module'", "'storage'");
        Refused(
            PickleBytes.Start().Op("(").Text("storage").Global("torch", "float32").Text("0").Text("cpu").Int(1).Op("tQ"), "persistent id");
        Refused(
            PickleBytes.Start().Op("(").Text("storage").Global("torch", "FloatStorage").Int(0).Text("cpu").Int(1).Op("tQ"),
            "persistent id");
        Refused(PickleBytes.Start().Op("]}b"), "no OrderedDict");
        Refused(PickleBytes.Start().Global("collections", "OrderedDict").Op("}b"), "no OrderedDict");
    }

    [TestMethod]
    public void Pickles_without_sense_are_refused()
    {
        Refused(PickleBytes.Start(), "there is none");
        Refused(PickleBytes.Start().Op("("), "there is none");
        Refused(PickleBytes.Start().Op("0"), "there is none");
        Refused(PickleBytes.Start().Op("t"), "mark");
        Refused(PickleBytes.Start().Op("N(").Raw(0x86), "there is none");
        Refused(PickleBytes.Start().Op("NNa"), "no list");
        Refused(PickleBytes.Start().Op("NNNs"), "no dict");
        Refused(PickleBytes.Start().Op("}(Nu"), "keys lack values");
        Refused(PickleBytes.Start().Op("h\x05"), "value 5");
        Refused(PickleBytes.Start().Op("j").Int32(-1), "value 4,294,967,295");
        Refused(PickleBytes.Start().Op("X").Int32(-1), "4,294,967,295 bytes are to follow");
        Refused(PickleBytes.Start().Raw(0x8D, 255, 255, 255, 255, 255, 255, 255, 255), "18,446,744,073,709,551,615 bytes are to follow");
        Refused(PickleBytes.Start().Raw(0x8B).Int32(int.MaxValue), "2,147,483,647 bytes are to follow");
        Refused(PickleBytes.Start(4).Raw(0x95, 255, 255, 255, 255, 255, 255, 255, 127), "bytes are to follow");
        Refused(PickleBytes.Start().Op("X").Int32(2).Raw(0xFF, 0xFE), "not valid UTF-8");
        Refused(PickleBytes.Start().Op("c" + new string('m', 5000) + "\nx\n"), "a name does not end");
        Refused(PickleBytes.Start(4).Text("os").Int(1).Raw(0x93), "two texts");
        AssertRefused(Zip([]), "1 bytes are to follow");
        AssertRefused(Zip([0x80]), "1 bytes are to follow");
    }

    [TestMethod]
    public void Bombs_are_refused_within_twice_the_file()
    {
        const int many = 200_000;
        const string outOfMemory = "bytes of memory", noTable = "something else than a table";
        Bomb("Nr\u00FF\u00FF\u00FF\u007F", "", 0, noTable); // None is not put aside
        Bomb("]r\u00FF\u00FF\u00FF\u007F", "", 0, "value 2,147,483,647");
        Bomb("]r\0\0\u0003\0", "N", many, outOfMemory);
        Bomb("", "]", many, outOfMemory);
        Bomb("", "}", many, outOfMemory);
        Bomb("", "(", many, outOfMemory);
        Bomb("", "K\u0001", many, outOfMemory);
        Bomb("", "ccollections\nOrderedDict\n)R", many / 10, outOfMemory);
        Bomb("", "cm\nn\n", many, outOfMemory);
        Bomb(")", "\u0085", many, outOfMemory); // a tuple in a tuple in a tuple
        Bomb("]", "h\0h\0\u0086q\0", 0, noTable);
        Bomb("]q\0", "h\0h\0\u0086q\0", many, outOfMemory); // doubled, and doubled again
        Bomb("]q\0", "h\0a", 1000, noTable); // a list that holds itself
        Bomb("]q\0", "h\0h\0a", many, outOfMemory);
        string pairs = string.Concat(Enumerable.Repeat("NN\u0086", 2_000));
        Bomb($"]({pairs}eq\0ccollections\nOrderedDict\nq\u00010", "h\u0001h\0\u0085R0", many / 10, outOfMemory);
        Bomb("](" + new string('N', 2_000), "l", 1, "LIST");
        Refused(PickleBytes.Start().Op("}(").Text("k").Text(new string('x', many)).Op("u"), "'k'"); // one long text is what it is
        Refused(PickleBytes.Start().Raw(0x8B).Int32(many).Op(new string('\x7F', many)), noTable);

        static void Bomb(string before, string repeated, int count, params string[] words) =>
            Refused(PickleBytes.Start().Op(before + string.Concat(Enumerable.Repeat(repeated, count))), words);
    }

    private static void Refused(PickleBytes pickle, params string[] words) => AssertRefused(Zip(pickle.End()), words);
}
