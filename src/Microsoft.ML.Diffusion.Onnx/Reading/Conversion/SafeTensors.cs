using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>Writes tensors in the safetensors format to memory, each weight straight from the file to its place.</summary>
internal static class SafeTensors
{
    /// <summary>Writes tensors.</summary>
    /// <param name="model">The model's name in messages.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="CheckpointException">They are too large for one array.</exception>
    public static byte[] Write(string model, IReadOnlyList<TensorPart> tensors)
    {
        byte[] header = Header(tensors);
        long length = 8 + header.Length + tensors.Sum(Length);
        if (length > Array.MaxLength)
            throw new CheckpointException(
                $"'{model}' has weights of {length:N0} bytes; expected at most {Array.MaxLength:N0}, which are held in memory. Use the " +
                "model's safetensors with EncoderModel.FromDirectory, which maps them.");
        byte[] file = GC.AllocateUninitializedArray<byte>((int)length);
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        int at = 8 + header.Length;
        foreach (TensorPart tensor in tensors)
        {
            int bytes = (int)Length(tensor);
            Write(tensor, file.AsSpan(at, bytes));
            at += bytes;
        }
        return file;
    }

    private static void Write(TensorPart tensor, Span<byte> destination)
    {
        if (tensor.Parts is null)
        {
            MemoryMarshal.Cast<byte, float>(destination).Fill(tensor.Fill);
            return;
        }
        bool isHalf = tensor.StoredType != OnnxDataType.Float;
        foreach (Constant part in tensor.Parts)
        {
            int bytes = (int)part.Count * (isHalf ? 2 : 4);
            if (isHalf)
                ((Weight)part).CopyHalves(destination[..bytes]);
            else
                part.CopyTo(MemoryMarshal.Cast<byte, float>(destination[..bytes]));
            destination = destination[bytes..];
        }
    }

    private static long Length(TensorPart tensor) => tensor.Count * (tensor.StoredType == OnnxDataType.Float ? 4 : 2);

    private static byte[] Header(IReadOnlyList<TensorPart> tensors)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            long offset = 0;
            foreach (TensorPart tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.StoredType switch
                {
                    OnnxDataType.Float16 => "F16",
                    OnnxDataType.BFloat16 => "BF16",
                    _ => "F32",
                });
                writer.WriteStartArray("shape");
                foreach (int dim in tensor.Shape)
                    writer.WriteNumberValue(dim);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                offset += Length(tensor);
                writer.WriteNumberValue(offset);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        // Tensors of floats begin at a multiple of their size.
        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }
}
