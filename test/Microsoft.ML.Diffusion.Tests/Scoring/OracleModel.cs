using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A directory as Transformers saves a fine-tuned model, made of the weights of a PyTorch reference in the tests of Core, with a
/// vocabulary of letters. What the reference gives for some texts is in Fixtures/ReadyModels/heads.json.
/// </summary>
internal sealed class OracleModel : IDisposable
{
    private static readonly Dictionary<string, string> s_classes = new()
    {
        ["albert"] = "Albert", ["bert"] = "Bert", ["distilbert"] = "DistilBert", ["electra"] = "Electra", ["modernbert"] = "ModernBert",
        ["roberta"] = "Roberta",
    };

    public OracleModel(string family, TaskKind kind, int outputs = 3, Action<JsonObject>? edit = null)
    {
        string fixture = Path.Combine(
            SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "oracle-" + family);
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture, "config.json")))!.AsObject();
        json["architectures"] = new JsonArray($"{s_classes[family]}For{kind}");
        edit?.Invoke(json);
        File.WriteAllText(Path.Combine(Folder, "config.json"), json.ToJsonString());
        File.WriteAllLines(Path.Combine(Folder, "vocab.txt"),
            ((string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]).Concat(Enumerable.Range('a', 26).Select(c => $"{(char)c}")));
        File.WriteAllBytes(Path.Combine(Folder, "model.safetensors"),
            Place(File.ReadAllBytes(Path.Combine(fixture, "model.safetensors")), kind, outputs, isModern: family == "modernbert"));
    }

    public static IReadOnlyCollection<string> Families => s_classes.Keys;

    public static JsonElement Reference { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(
        SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Tests", "Fixtures", "ReadyModels", "heads.json"))).RootElement;

    public string Folder { get; } = Directory.CreateTempSubdirectory("ready-oracle").FullName;

    public EncoderModel Model => EncoderModel.FromDirectory(Folder);

    /// <summary>Names for the outputs of a head.</summary>
    public static Action<JsonObject> Names(params JsonNode[] names) => json =>
        json["id2label"] = new JsonObject(names.Select((name, i) => KeyValuePair.Create($"{i}", (JsonNode?)name)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The weights with one head, under the names that a checkpoint of its task has.</summary>
    private static byte[] Place(byte[] weights, TaskKind kind, int outputs, bool isModern)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        JsonObject tensors = JsonNode.Parse(weights.AsSpan(8, length))!.AsObject(), placed = [];
        var data = new MemoryStream();
        foreach ((string name, JsonNode? tensor) in tensors.Where(tensor => tensor.Key != "__metadata__"))
        {
            string head = name.Split('.')[0];
            string? target = head switch
            {
                "classifier" => kind == TaskKind.SequenceClassification ? name : null,
                "token_classifier" => kind == TaskKind.TokenClassification ? "classifier" + name[head.Length..] : null,
                "qa_outputs" => kind != TaskKind.QuestionAnswering ? null : isModern ? "classifier" + name[head.Length..] : name,
                _ => name,
            };
            if (target is null)
                continue;
            long[] shape = tensor!["shape"].Deserialize<long[]>()!;
            int[] offsets = tensor["data_offsets"].Deserialize<int[]>()!;
            int bytes = offsets[1] - offsets[0];
            if (head == "classifier" && shape[0] == 3 && outputs < 3)
                (bytes, shape[0]) = (bytes / 3 * outputs, outputs);
            placed[target] = new JsonObject
            {
                ["dtype"] = "F32", ["shape"] = JsonSerializer.SerializeToNode(shape),
                ["data_offsets"] = new JsonArray(data.Length, data.Length + bytes),
            };
            data.Write(weights, 8 + length + offsets[0], bytes);
        }
        byte[] header = Encoding.UTF8.GetBytes(placed.ToJsonString());
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
        return [.. size, .. header, .. data.ToArray()];
    }
}
