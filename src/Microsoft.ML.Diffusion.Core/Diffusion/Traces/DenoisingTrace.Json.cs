using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Diffusion;

public sealed partial class DenoisingTrace
{
    private const string Format = "denoising-trace/1";

    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The trace as JSON, which <see cref="FromJson"/> reads back. An object with <c>format</c> ("denoising-trace/1"), <c>maskToken</c>,
    /// <c>totalSteps</c>, <c>isWhole</c>, <c>start</c> (ids), <c>steps</c> (an array of objects with <c>step</c> and, of equal length,
    /// <c>positions</c>, ascending, <c>tokens</c> and <c>probabilities</c>, which may be null), and <c>tokenTexts</c> (texts by id).
    /// </summary>
    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, s_writing))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteNumber("maskToken", MaskToken);
            writer.WriteNumber("totalSteps", TotalSteps);
            writer.WriteBoolean("isWhole", IsWhole);
            Write(writer, "start", _start);
            writer.WriteStartArray("steps");
            foreach (TraceStep step in Steps)
            {
                writer.WriteStartObject();
                writer.WriteNumber("step", step.Number);
                Write(writer, "positions", step.Changes.Select(change => change.Position));
                Write(writer, "tokens", step.Changes.Select(change => change.Token));
                writer.WriteStartArray("probabilities");
                foreach (TraceChange change in step.Changes)
                {
                    if (float.IsNaN(change.Probability))
                        writer.WriteNullValue();
                    else
                        writer.WriteNumberValue(change.Probability);
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteStartObject("tokenTexts");
            foreach ((int id, string text) in TokenTexts.OrderBy(pair => pair.Key))
                writer.WriteString(id.ToString(CultureInfo.InvariantCulture), text);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Reads the text that <see cref="ToJson"/> writes.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="FormatException">The text is not a trace, or contradicts itself.</exception>
    public static DenoisingTrace FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw new FormatException($"The text is not a denoising trace that DenoisingTrace.ToJson wrote: {exception.Message}",
                exception);
        }
    }

    private static DenoisingTrace Read(JsonElement root)
    {
        string? format = root.GetProperty("format").GetString();
        if (format != Format)
            throw Damaged($"its format is '{format}', expected '{Format}'");
        int mask = root.GetProperty("maskToken").GetInt32(), totalSteps = root.GetProperty("totalSteps").GetInt32();
        int[] start = Integers(root, "start"), tokens = [.. start];
        List<TraceStep> steps = [];
        foreach (JsonElement element in root.GetProperty("steps").EnumerateArray())
        {
            int number = element.GetProperty("step").GetInt32();
            int[] positions = Integers(element, "positions"), ids = Integers(element, "tokens");
            float[] probabilities = [.. element.GetProperty("probabilities").EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.Null ? float.NaN : item.GetSingle())];
            if (number <= (steps.Count == 0 ? 0 : steps[^1].Number) || number > totalSteps)
                throw Damaged($"step {number} of {totalSteps} is out of order");
            if (positions.Length != ids.Length || positions.Length != probabilities.Length)
                throw Damaged(
                    $"step {number} has {positions.Length} positions, {ids.Length} tokens and {probabilities.Length} probabilities");
            TraceChange[] changes = new TraceChange[positions.Length];
            for (int i = 0; i < changes.Length; i++)
            {
                int position = positions[i];
                if (position <= (i == 0 ? -1 : positions[i - 1]) || position >= tokens.Length)
                    throw Damaged($"step {number} changes position {position} of {tokens.Length}, out of order or outside");
                TraceChangeKind kind = ids[i] == mask ? TraceChangeKind.MaskedAgain : tokens[position] == mask ? TraceChangeKind.Written
                    : TraceChangeKind.Rewritten;
                if (kind == TraceChangeKind.MaskedAgain && tokens[position] == mask)
                    throw Damaged($"step {number} masks position {position}, which is a mask");
                if (probabilities[i] is < 0 or > 1)
                    throw Damaged($"step {number} has the probability {probabilities[i]}");
                changes[i] = new TraceChange(position, tokens[position] = ids[i], probabilities[i], kind);
            }
            steps.Add(new TraceStep(number, changes));
        }
        Dictionary<int, string> texts = [];
        foreach (JsonProperty text in root.GetProperty("tokenTexts").EnumerateObject())
        {
            if (!int.TryParse(text.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw Damaged($"'{text.Name}' is not the id of a token");
            texts[id] = text.Value.GetString() ?? throw Damaged($"the text of token {id} is null");
        }
        foreach (int id in start.Concat(steps.SelectMany(step => step.Changes).Select(change => change.Token)))
        {
            if (!texts.ContainsKey(id))
                throw Damaged($"token {id} has no text");
        }
        return new DenoisingTrace(mask, totalSteps, root.GetProperty("isWhole").GetBoolean(), start, steps, texts);
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<int> numbers)
    {
        writer.WriteStartArray(name);
        foreach (int number in numbers)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }

    private static int[] Integers(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(item => item.GetInt32())];

    private static JsonException Damaged(string what) => new($"{what}.");
}
