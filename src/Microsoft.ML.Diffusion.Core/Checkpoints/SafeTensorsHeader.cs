using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>Parses and checks the header of a safetensors file. Its allocations are limited by the file's actual size.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const int MaximumLength = 100_000_000;

    public const int MaximumRank = 8;
    public const int MaximumNameBytes = 4096;
    public const string MetadataKey = "__metadata__";

    private const int FewTensors = 4096;
    private const int BytesPerTensor = 64;
    private const int PrefixLength = sizeof(ulong);
    private const int ImpostorLength = 64;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 8 };

    private readonly string _file;
    private readonly long _dataLength;

    private SafeTensorsHeader(string file, ReadOnlySpan<byte> header, long fileLength)
    {
        _file = file;
        DataStart = PrefixLength + header.Length;
        _dataLength = fileLength - DataStart;
        if (header.IsEmpty || header[0] != '{')
            throw Bad("the header does not begin with '{', as a JSON object must");
        if (!Utf8.IsValid(header))
            throw Bad("the header is not valid UTF-8");
        try
        {
            int count = CountProperties(header);
            if (count > FewTensors && _dataLength / count < BytesPerTensor)
                throw Bad($"the header lists {count:N0} tensors for {_dataLength:N0} bytes of them; expected at least " +
                    $"{BytesPerTensor} bytes for each");
            Entries = new Dictionary<string, TensorEntry>(count, StringComparer.Ordinal);
            Parse(header);
        }
        // InvalidOperationException: a string with escapes that are not well-formed text.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Bad($"the header is not the JSON that was expected: {exception.Message}", exception);
        }
        CheckCoverage();
    }

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="CheckpointException">The header is invalid, or the tensors do not cover the rest of the file.</exception>
    public static SafeTensorsHeader Read(ModelFile file)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(file.Length, ImpostorLength)];
        using (ModelFile.Lease lease = file.Borrow(0, start.Length))
            lease.Span.CopyTo(start);
        int length = CheckLength(file.Name, start, file.Length, MaximumLength);
        using ModelFile.Lease header = file.Borrow(PrefixLength, length);
        return new SafeTensorsHeader(file.Name, header.Span, file.Length);
    }

    /// <summary>
    /// Reads the header of a file in a stream, from its first byte to its end, and nothing beyond; the stream is then back at its first
    /// byte.
    /// </summary>
    /// <inheritdoc cref="Read(ModelFile)"/>
    public static SafeTensorsHeader Read(Stream stream, string file, int maximumLength)
    {
        long begin = stream.Position, fileLength = stream.Length - begin;
        Span<byte> start = stackalloc byte[(int)Math.Min(fileLength, ImpostorLength)];
        stream.ReadExactly(start);
        byte[] header = new byte[CheckLength(file, start, fileLength, maximumLength)];
        stream.Position = begin + PrefixLength;
        stream.ReadExactly(header);
        stream.Position = begin;
        return new SafeTensorsHeader(file, header, fileLength);
    }

    public long DataStart { get; }

    public Dictionary<string, TensorEntry> Entries { get; }

    /// <summary>The place of the metadata object in the file; of length 0 if there is none.</summary>
    public (int Start, int Length) MetadataRange { get; private set; }

    public static Dictionary<string, string> ParseMetadata(ReadOnlySpan<byte> json, string file)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, s_options);
        reader.Read();
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                reader.Read();
                if (!metadata.TryAdd(key, reader.GetString()!))
                    throw new CheckpointException(
                        $"'{file}': the metadata key {Messages.Quote(key)} occurs twice; expected it once. {Messages.Again}");
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException($"'{file}': the metadata is not well-formed text: {exception.Message} {Messages.Again}",
                exception);
        }
        return metadata;
    }

    private static int CheckLength(string file, ReadOnlySpan<byte> start, long fileLength, int maximumLength)
    {
        if (fileLength < PrefixLength)
            throw new CheckpointException(
                $"'{file}' has {fileLength} bytes; expected a safetensors file, which begins with the 8-byte length of its header. " +
                $"{Messages.Impostor(start) ?? Messages.Again}");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > (ulong)maximumLength || (long)length > fileLength - PrefixLength)
        {
            string limit = length <= (ulong)maximumLength ? $"the file holds {fileLength - PrefixLength:N0} after the length"
                : maximumLength == MaximumLength ? $"the format allows {MaximumLength:N0}" : $"the limit here is {maximumLength:N0}";
            throw new CheckpointException(
                $"'{file}': the header claims {length:N0} bytes; {limit}. {Messages.Impostor(start) ?? Messages.Again}");
        }
        return (int)length;
    }

    private static int CountProperties(ReadOnlySpan<byte> header)
    {
        int count = 0;
        var reader = new Utf8JsonReader(header, s_options);
        reader.Read();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                count++;
        }
        return count;
    }

    private void Parse(ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header, s_options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueSpan.Length > MaximumNameBytes)
                throw Bad($"the name {Messages.Quote(reader.ValueSpan)} has {reader.ValueSpan.Length:N0} bytes; expected at most " +
                    $"{MaximumNameBytes:N0}");
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                if (MetadataRange.Length != 0)
                    throw Bad($"{MetadataKey} occurs twice; expected it once");
                ParseMetadataRange(ref reader);
            }
            else if (!Entries.TryAdd(name, ParseTensor(ref reader, name)))
            {
                throw Bad(name, "occurs twice; expected each name once");
            }
        }
    }

    private void ParseMetadataRange(ref Utf8JsonReader reader)
    {
        long start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad($"{MetadataKey} is {Kind(reader.TokenType)}; expected an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = reader.ValueSpan;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Bad($"{MetadataKey}: {Messages.Quote(name)} is {Kind(reader.TokenType)}; expected a string");
        }
        MetadataRange = ((int)(PrefixLength + start), (int)(reader.BytesConsumed - start));
    }

    private TensorEntry ParseTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad(name, $"is {Kind(reader.TokenType)}; expected an object with dtype, shape and data_offsets");
        StoredType? type = null;
        Span<long> shape = stackalloc long[MaximumRank];
        Span<long> offsets = stackalloc long[2];
        int rank = -1, bounds = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                if (type is not null)
                    throw Bad(name, "has dtype twice; expected it once");
                type = reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped ? StoredType.Find(reader.ValueSpan) : null;
                if (type is null)
                    throw Bad(name,
                        $"has dtype {Messages.Quote(reader.ValueSpan)}, which the format does not know; expected F32, F16, BF16, I64 or " +
                        "another of its types");
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                if (rank >= 0)
                    throw Bad(name, "has shape twice; expected it once");
                rank = ParseNumbers(ref reader, name, "shape", shape);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                if (bounds >= 0)
                    throw Bad(name, "has data_offsets twice; expected them once");
                bounds = ParseNumbers(ref reader, name, "data_offsets", offsets);
                if (bounds != 2)
                    throw Bad(name, $"has {bounds} data_offsets; expected two, [begin, end]");
            }
            else
            {
                reader.Skip();
            }
        }
        if (type is null || rank < 0 || bounds < 0)
            throw Bad(name,
                $"has no {(type is null ? "dtype" : rank < 0 ? "shape" : "data_offsets")}; expected dtype, shape and data_offsets");
        return Check(name, type, shape[..rank], offsets[0], offsets[1]);
    }

    private int ParseNumbers(ref Utf8JsonReader reader, string name, string what, scoped Span<long> numbers)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad(name, $"has {Kind(reader.TokenType)} as {what}; expected an array of whole numbers");
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == numbers.Length)
                throw Bad(name, $"has more than {numbers.Length} numbers in {what}; expected no more");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Bad(name, $"has {Messages.Quote(reader.ValueSpan)} in {what}; expected whole numbers from 0 to {long.MaxValue}");
            numbers[count++] = number;
        }
        return count;
    }

    private TensorEntry Check(string name, StoredType type, scoped ReadOnlySpan<long> shape, long start, long end)
    {
        long elements = 1, bits;
        try
        {
            foreach (long dimension in shape)
                elements = checked(elements * dimension);
            bits = checked(elements * type.Bits);
        }
        catch (OverflowException exception)
        {
            throw Bad($"tensor {Messages.Quote(name)} has shape {Messages.Shape(shape)}, whose product overflows; expected a shape that " +
                $"fits the file's {_dataLength:N0} bytes of tensors", exception);
        }
        if (end < start)
            throw Bad(name, $"has data_offsets [{start}, {end}]; expected the end not before the beginning");
        if (end > _dataLength)
            throw Bad(name, $"ends at byte {end:N0} of the tensors; the file holds {_dataLength:N0} bytes of them");
        if (bits % 8 != 0 || bits / 8 != end - start)
            throw Bad(name, $"has {end - start:N0} bytes; expected {(bits + 7) / 8:N0} for shape {Messages.Shape(shape)} of {type.Name}");
        return new TensorEntry(name, type, shape.ToArray(), elements, start, end);
    }

    private void CheckCoverage()
    {
        var ordered = new TensorEntry[Entries.Count];
        Entries.Values.CopyTo(ordered, 0);
        Array.Sort(ordered, static (left, right) => left.Start != right.Start ? left.Start.CompareTo(right.Start)
            : left.End.CompareTo(right.End));
        long end = 0;
        TensorEntry? previous = null;
        foreach (TensorEntry entry in ordered)
        {
            if (entry.Start != end)
            {
                throw Bad(entry.Name, entry.Start > end
                    ? $"begins at byte {entry.Start:N0}, which leaves a hole after byte {end:N0}; expected tensors without gaps"
                    : $"begins at byte {entry.Start:N0} and overlaps tensor {Messages.Quote(previous!.Name)}, which ends at byte " +
                        $"{end:N0}; expected tensors that share no bytes");
            }
            end = entry.End;
            previous = entry;
        }
        if (end != _dataLength)
            throw Bad($"the tensors end at byte {end:N0}, the file holds {_dataLength:N0} bytes after its header; expected nothing after " +
                "the last tensor");
    }

    private CheckpointException Bad(string name, string what) => Bad($"tensor {Messages.Quote(name)} {what}");

    private CheckpointException Bad(string what, Exception? cause = null) =>
        cause is null ? new CheckpointException($"'{_file}': {what}. {Messages.Again}")
            : new CheckpointException($"'{_file}': {what}. {Messages.Again}", cause);

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        _ => "null",
    };
}
