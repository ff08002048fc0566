using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>
/// A small made-up input: random ids that differ from positions and token types, and, if the graph takes a mask, a second sequence that is
/// padded.
/// </summary>
internal sealed class SampleInput
{
    // Below every vocabulary's size, above the ids of padding and of the special tokens that some graphs look for.
    private const int FirstId = 3, IdCount = 14;

    private SampleInput(int batch, int length, int[] lengths, Known ids, Known types, Dictionary<string, Value> values) =>
        (Batch, Length, Lengths, Ids, Types, Values) = (batch, length, lengths, ids, types, values);

    public int Batch { get; }

    public int Length { get; }

    /// <summary>The tokens of each sequence; the rest is padding.</summary>
    public int[] Lengths { get; }

    public Known Ids { get; }

    public Known Types { get; }

    /// <summary>Whether the graph takes a mask.</summary>
    public bool HasMask { get; private set; }

    /// <summary>The values of the graph's inputs.</summary>
    public IReadOnlyDictionary<string, Value> Values { get; }

    /// <summary>Makes an input for a graph.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="batch">The sequences, where the graph does not fix them.</param>
    /// <param name="length">Their length, where the graph does not fix it.</param>
    /// <param name="hasTypes">Whether some tokens have type 1.</param>
    /// <param name="hasPadding">Whether the last sequence ends in padding, if the graph takes a mask.</param>
    /// <exception cref="CheckpointException">The graph takes something else.</exception>
    public static SampleInput Make(OnnxFile file, int batch, int length, bool hasTypes, bool hasPadding = true)
    {
        OnnxInput[] inputs = [.. file.Inputs.Where(input => !file.Tensors.ContainsKey(input.Name))];
        OnnxInput? ids = Find("input_ids", "input_id", "input.1", "ids", "tokens");
        OnnxInput? mask = Find("attention_mask", "input_mask", "mask");
        OnnxInput? types = Find("token_type_ids", "segment_ids", "token_types", "type_ids");
        OnnxInput? positions = Find("position_ids");
        if (ids is null && inputs.Except([mask, types, positions]).ToArray() is [OnnxInput only])
            ids = only;
        OnnxInput? other = inputs.FirstOrDefault(input => input != ids && input != mask && input != types && input != positions);
        if (ids is null || other is not null)
            throw new CheckpointException(
                $"'{file.Name}' has the inputs " +
                $"{string.Join(", ", inputs.Take(8).Select(input => $"'{OnnxText.Shorten(input.Name)}'"))}; expected " +
                "'input_ids', and perhaps 'attention_mask', 'token_type_ids' and 'position_ids'. Export the encoder with these names.");
        foreach (OnnxInput input in inputs)
        {
            bool isMask = input == mask && (OnnxDataTypes.IsFloat(input.Type) || input.Type == OnnxDataType.Bool);
            if (input.Type is not (OnnxDataType.Int64 or OnnxDataType.Int32) && !isMask)
                throw new CheckpointException(
                    $"'{file.Name}': input '{OnnxText.Shorten(input.Name)}' is of type {input.Type}; expected integers. Export the " +
                        "encoder " +
                    "from token ids on.");
        }
        if (ids.Dims is not ([] or [_, _]) || (ids.Dims.Length == 2 && (ids.Dims[0] > 64 || ids.Dims[1] > 1024)))
            throw new CheckpointException(
                $"'{file.Name}': input '{OnnxText.Shorten(ids.Name)}' has shape [{string.Join(", ", ids.Dims)}]; expected [batch, " +
                    "sequence]. " +
                "Export the encoder with dynamic axes.");
        if (ids.Dims is [var fixedBatch, var fixedLength])
            (batch, length) = (fixedBatch > 0 ? (int)fixedBatch : batch, fixedLength > 0 ? (int)fixedLength : length);
        var lengths = new int[batch];
        Array.Fill(lengths, length);
        if (mask is not null && hasPadding)
            lengths[^1] -= Math.Min(2, length / 3);
        int[] dims = [batch, length];
        var random = new Random(1);
        int[] deck = [.. Enumerable.Range(FirstId, IdCount)];
        random.Shuffle(deck);
        // The first ids are all different.
        Known sampleIds = Make((row, column) => row * length + column < IdCount ? deck[row * length + column]
            : FirstId + random.Next(IdCount));
        Known sampleTypes = Make((row, column) => hasTypes && column >= (row % 2 == 0 ? length / 2 : 2) ? 1 : 0);
        var values = new Dictionary<string, Value>(StringComparer.Ordinal) { [ids.Name] = sampleIds };
        if (mask is not null)
        {
            Known sampleMask = Make((row, column) => column < lengths[row] ? 1 : 0);
            values[mask.Name] = OnnxDataTypes.IsFloat(mask.Type) ? new Known(dims, sampleMask.Numbers) : sampleMask;
        }
        if (types is not null)
            values[types.Name] = sampleTypes;
        if (positions is not null)
            values[positions.Name] = Make((row, column) => column);
        return new SampleInput(batch, length, lengths, sampleIds, sampleTypes, values) { HasMask = mask is not null };

        OnnxInput? Find(params string[] names) => Array.Find(inputs, input => names.Contains(input.Name, StringComparer.OrdinalIgnoreCase));

        Known Make(Func<int, int, long> value) =>
            new(dims, [.. Enumerable.Range(0, batch * length).Select(i => value(i / length, i % length))]);
    }

    /// <summary>Whether an element of [batch, sequence] is a token, not padding.</summary>
    public bool IsToken(int position) => position % Length < Lengths[position / Length];
}
