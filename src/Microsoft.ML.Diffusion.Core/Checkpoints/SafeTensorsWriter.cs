using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Writes files in the safetensors format, in the layout of the reference implementation: wider element types first, then by name; the
/// header padded with spaces to 8 bytes. The same tensors give the same bytes. Little-endian machines only.
/// </summary>
internal static class SafeTensorsWriter
{
    private const int PieceElements = 1 << 16;

    private static readonly KeyValuePair<string, string>[] s_defaultMetadata = [new("format", "pt")];

    /// <summary>Writes a file, which appears whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">Replaces the default, <c>format</c> = <c>pt</c>, which Hugging Face's readers require.</param>
    /// <param name="cancellationToken">Checked before every block of 65,536 elements.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is not allowed, or a shape is impossible.</exception>
    public static void Write(string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, cancellationToken), cancellationToken);

    /// <summary>Writes to a stream, which need not be seekable and stays open.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{TensorToWrite}, IReadOnlyDictionary{string, string}?, CancellationToken)"/>
    public static void Write(Stream stream, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        TensorToWrite[] ordered = [.. tensors];
        foreach (TensorToWrite tensor in ordered)
            _ = StoredType.Of(tensor.ElementType);
        Array.Sort(ordered, static (left, right) =>
        {
            int byType = Rank(left.ElementType).CompareTo(Rank(right.ElementType));
            return byType != 0 ? byType : string.CompareOrdinal(left.Name, right.Name);
        });
        long[] counts = CheckTensors(ordered);
        byte[] header = MakeHeader(ordered, counts, metadata ?? (IEnumerable<KeyValuePair<string, string>>)s_defaultMetadata);

        cancellationToken.ThrowIfCancellationRequested();
        stream.Write(header);
        float[] elements = new float[PieceElements];
        byte[] bytes = new byte[PieceElements * sizeof(float)];
        for (int i = 0; i < ordered.Length; i++)
        {
            int size = ElementConversion.Size(ordered[i].ElementType);
            for (long start = 0; start < counts[i]; start += PieceElements)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(PieceElements, counts[i] - start);
                ordered[i].Produce(start, elements.AsSpan(0, count));
                Span<byte> piece = bytes.AsSpan(0, count * size);
                ElementConversion.Narrow(elements.AsSpan(0, count), ordered[i].ElementType, piece);
                stream.Write(piece);
            }
        }
    }

    /// <summary>The reference sorts its types from the widest to the narrowest; of the two equally wide ones BF16 comes first.</summary>
    private static int Rank(ElementType elementType) => elementType switch
    {
        ElementType.Float32 => 0,
        ElementType.BFloat16 => 1,
        _ => 2,
    };

    private static long[] CheckTensors(TensorToWrite[] tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        long[] counts = new long[tensors.Length];
        long bytes = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            TensorToWrite tensor = tensors[i];
            if (string.IsNullOrEmpty(tensor.Name) || tensor.Name == SafeTensorsHeader.MetadataKey ||
                Encoding.UTF8.GetByteCount(tensor.Name) > SafeTensorsHeader.MaximumNameBytes)
                throw new ArgumentException(
                    $"{Messages.Quote(tensor.Name)} cannot name a tensor; expected 1 to {SafeTensorsHeader.MaximumNameBytes:N0} bytes, " +
                    $"not {SafeTensorsHeader.MetadataKey}.", nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named {Messages.Quote(tensor.Name)}; expected each name once.",
                    nameof(tensors));
            if (tensor.Shape.Count > SafeTensorsHeader.MaximumRank || tensor.Shape.Any(dimension => dimension < 0))
                throw new ArgumentException(
                    $"Tensor {Messages.Quote(tensor.Name)} has shape {Messages.Shape([.. tensor.Shape])}; expected at most " +
                    $"{SafeTensorsHeader.MaximumRank} dimensions, none negative.", nameof(tensors));
            counts[i] = 1;
            foreach (long dimension in tensor.Shape)
                counts[i] = checked(counts[i] * dimension);
            bytes = checked(bytes + checked(counts[i] * ElementConversion.Size(tensor.ElementType)));
        }
        return counts;
    }

    private static byte[] MakeHeader(TensorToWrite[] tensors, long[] counts, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        using var header = new MemoryStream();
        header.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafeTensorsHeader.MetadataKey);
            foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            for (int i = 0; i < tensors.Length; i++)
            {
                json.WriteStartObject(tensors[i].Name);
                json.WriteString("dtype"u8, StoredType.Of(tensors[i].ElementType).Name);
                json.WriteStartArray("shape"u8);
                foreach (long dimension in tensors[i].Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets"u8);
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += counts[i] * ElementConversion.Size(tensors[i].ElementType));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        byte[] bytes = header.ToArray();
        if (bytes.Length - sizeof(ulong) > SafeTensorsHeader.MaximumLength)
            throw new ArgumentException(
                $"The header would take {bytes.Length - sizeof(ulong):N0} bytes; the format allows {SafeTensorsHeader.MaximumLength:N0}. " +
                "Write fewer tensors or less metadata.", nameof(tensors));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - sizeof(ulong)));
        return bytes;
    }
}
