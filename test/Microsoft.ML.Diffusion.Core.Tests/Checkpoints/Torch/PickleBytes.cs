using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

/// <summary>Writes a pickle opcode by opcode, as it is spelled: what torch.save would write, and what it never would.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>A pickle of protocol 2.</summary>
    public static PickleBytes Start(byte protocol = 2) => new PickleBytes().Raw(0x80, protocol);

    /// <summary>An object that is a dict with the given items.</summary>
    public static PickleBytes StateDict(Action<PickleBytes> items)
    {
        return Start().Global("collections", "OrderedDict").Op(")R(").Apply(items).Op("u");
    }

    public PickleBytes Apply(Action<PickleBytes> write)
    {
        write(this);
        return this;
    }

    public PickleBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Op(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleBytes Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleBytes Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op("X").Int32(utf8.Length).Raw(utf8);
    }

    public PickleBytes Int(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleBytes Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public PickleBytes Tuple(params ReadOnlySpan<long> values)
    {
        Op("(");
        foreach (long value in values)
            Int(value);
        return Op("t");
    }

    /// <summary>A storage's persistent id, and the storage.</summary>
    public PickleBytes Storage(string key, long count, string type = "FloatStorage", string module = "torch") =>
        Op("(").Text("storage").Global(module, type).Text(key).Text("cpu").Int(count).Op("tQ");

    /// <summary>A tensor; strides are those of rows where none are given.</summary>
    public PickleBytes Tensor(string key, long count, long[] shape, long[]? strides = null, long offset = 0, string type = "FloatStorage")
    {
        if (strides is null)
        {
            strides = new long[shape.Length];
            long stride = 1;
            for (int i = shape.Length - 1; i >= 0; i--)
                (strides[i], stride) = (stride, stride * shape[i]);
        }
        return Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage(key, count, type).Int(offset).Tuple(shape).Tuple(strides)
            .Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");
    }

    public byte[] End()
    {
        Op(".");
        return [.. _bytes];
    }
}
