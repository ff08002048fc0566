using System.Buffers;
using System.Buffers.Binary;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>A tensor in a file: its shape, and the place of its elements, which are read when they are needed.</summary>
internal sealed class OnnxTensor(string name, OnnxDataType type, int[] dims, Stream stream, long offset, long length, bool isVarint)
{
    private const int ChunkLength = 1 << 16;

    /// <summary>The tensor's name.</summary>
    public string Name => name;

    /// <summary>The type of its elements.</summary>
    public OnnxDataType Type => type;

    /// <summary>Its dimensions.</summary>
    public int[] Dims => dims;

    /// <summary>The number of its elements.</summary>
    public long Count { get; } = dims.Aggregate(1L, (count, dim) => count * dim);

    /// <summary>Whether the elements lie one after another in their own type, so that a part of them can be read.</summary>
    public bool IsRaw => !isVarint;

    /// <summary>Reads the bytes of some elements.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="destination">Receives whole elements, little-endian.</param>
    public void Read(long start, Span<byte> destination)
    {
        if (isVarint)
        {
            ReadVarints(start, destination);
            return;
        }
        stream.Position = offset + start * OnnxDataTypes.SizeOf(type);
        stream.ReadExactly(destination);
    }

    /// <summary>Reads elements as floats: integers too, and booleans as 0 and 1.</summary>
    public void Read(long start, Span<float> destination) =>
        Read(start, destination, static (bytes, type) => (float)ElementReader.Number(bytes, type));

    /// <summary>Reads elements as doubles.</summary>
    public void Read(long start, Span<double> destination) => Read(start, destination, ElementReader.Number);

    /// <summary>Reads elements as 64-bit integers.</summary>
    public void Read(long start, Span<long> destination) => Read(start, destination, ElementReader.Integer);

    private void Read<T>(long start, Span<T> destination, ElementReader.Convert<T> convert)
    {
        int size = OnnxDataTypes.SizeOf(type);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Math.Min(ChunkLength, Math.Max(destination.Length, 1) * size));
        try
        {
            int perChunk = chunk.Length / size;
            for (int done = 0; done < destination.Length; done += perChunk)
            {
                int count = Math.Min(perChunk, destination.Length - done);
                Read(start + done, chunk.AsSpan(0, count * size));
                for (int i = 0; i < count; i++)
                    destination[done + i] = convert(chunk.AsSpan(i * size, size), type);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Decodes the elements of int32_data and int64_data, which are numbers of variable length.</summary>
    private void ReadVarints(long start, Span<byte> destination)
    {
        var reader = new WireReader(stream, name) { Position = offset };
        int size = OnnxDataTypes.SizeOf(type);
        long end = offset + length;
        Span<byte> number = stackalloc byte[8];
        for (long i = 0; i < start; i++)
            reader.ReadVarint(end);
        for (int i = 0; i < destination.Length; i += size)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, reader.ReadVarint(end));
            number[..size].CopyTo(destination[i..]);
        }
    }
}
