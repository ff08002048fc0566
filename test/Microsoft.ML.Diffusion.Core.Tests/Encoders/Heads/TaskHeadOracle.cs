using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Compares the heads of tasks on an engine with the encoders' oracle and with Oracles/task_heads.py.</summary>
internal static class TaskHeadOracle
{
    private static readonly string s_script =
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Oracles", "task_heads.py");

    /// <summary>Writes what the script gives for the model that the encoders' oracle has drawn.</summary>
    public static void Run(string directory) => EncoderOracle.RunPython(s_script, directory, "");

    /// <summary>Compares with the files that both wrote.</summary>
    public static void Compare(string directory, Engine engine)
    {
        JsonElement oracle = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "expected.json"))).RootElement;
        JsonElement heads = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "heads.json"))).RootElement;
        var batch = new RaggedTokens();
        foreach (int[] sequence in oracle.GetProperty("batch").Deserialize<int[][]>()!)
            batch.Append(sequence);
        int[] types = [.. oracle.GetProperty("segments").Deserialize<int[][]>()!.SelectMany(s => s)];
        int[] all = [.. Enumerable.Range(0, batch.TokenCount)];
        using TensorSource gradients = SafeTensorsReader.Open(Path.Combine(directory, "heads.safetensors"));

        foreach (string name in new[] { "first", "mean" })
        {
            TextPooling pooling = name == "mean" ? TextPooling.Mean : TextPooling.First;
            using TaskModel model =
                Load(directory, engine, TaskKind.SequenceClassification, ["a", "b", "c"], SingleLabelProblem.ProblemName, pooling);
            var problem = new SingleLabelProblem(3, labelSmoothing: 0.1, classWeights: [1, 2, 0.5f]);
            float[] targets = [.. Enumerable.Range(0, batch.Count).Select(i => (float)(i % 3))];
            Check(
                model, name, name == "first" ? Rows(oracle, "classifier_logits") : null,
                (pass, hidden) => model.Head.ForSequences(pass, hidden, batch),
                (logits, gradient) => problem.Loss(logits, targets, gradient).Sum);
        }
        using (TaskModel model = Load(directory, engine, TaskKind.TokenClassification, ["a", "b", "c", "d", "e"], null, null))
            Check(model, "token", Tokens(oracle, "token_logits"), (pass, hidden) => model.Head.ForTokens(pass, hidden, all), HalfSquares);
        using (TaskModel model = Load(directory, engine, TaskKind.QuestionAnswering, ["start", "end"], null, null))
        {
            float[] both = [.. Rows(oracle, "qa_start").Zip(Rows(oracle, "qa_end")).SelectMany(pair => new[] { pair.First, pair.Second })];
            Check(model, "qa", both, (pass, hidden) => model.Head.ForTokens(pass, hidden, all), HalfSquares);
        }

        void Check(TaskModel model, string name, float[]? oracleLogits, Func<Pass, Tensor, Tensor> head, LossAndGradient loss)
        {
            JsonElement expected = heads.GetProperty(name);
            float[] wanted = [.. expected.GetProperty("logits").Deserialize<float[][]>()!.SelectMany(row => row)];
            Assert.IsEmpty(model.FreshParameters);
            model.PrepareForTraining();
            using Pass pass = Pass.ForTraining(engine, withDropout: false);
            pass.Begin();
            Tensor logits = head(pass, model.Encoder.Forward(pass, batch, model.Configuration.Embeddings.TokenTypes > 1 ? types : []));
            float[] values = new float[logits.Rows * logits.Columns], gradient = new float[values.Length];
            pass.Read(logits, values);
            AssertNear(wanted, values, $"{name}: logits");
            if (oracleLogits is not null)
                AssertNear(oracleLogits, values, $"{name}: logits of the oracle");
            double sum = loss(values, gradient);
            Assert.AreEqual(expected.GetProperty("loss").GetDouble(), sum, 1e-5 * Math.Max(1, Math.Abs(sum)), $"{name}: loss");
            pass.AddLoss(logits, gradient);
            pass.Backward();
            Dictionary<string, float[]> ours = Gradients(model);
            string prefix = name + "/";
            string[] theirs = [.. gradients.Entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))];
            foreach (string key in theirs)
            {
                string tensor = Renamed(key[prefix.Length..], model);
                float[] their = gradients.ReadArray(key, gradients.Require(key).Shape), our = ours[tensor];
                double difference = Math.Sqrt(their.Zip(our).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2))),
                    norm = Math.Sqrt(their.Sum(value => (double)value * value));
                // Keys' biases have no gradient in theory: what rounding leaves grows with the loss, which is a sum.
                Assert.IsLessThanOrEqualTo(1e-3 * norm + 1e-6 * Math.Max(1, sum), difference, $"{name}: gradient of {tensor}");
            }
            Assert.AreEqual(ours.Count, theirs.Length, $"{name}: tensors with a gradient");
        }
    }

    private delegate double LossAndGradient(float[] logits, float[] gradient);

    /// <summary>½ Σ z², whose gradient is z.</summary>
    private static double HalfSquares(float[] logits, float[] gradient)
    {
        logits.CopyTo(gradient, 0);
        return logits.Sum(z => (double)z * z) / 2;
    }

    /// <summary>The directory's model with one of its heads, under the names that checkpoints of that task have.</summary>
    private static TaskModel Load(string directory, Engine engine, TaskKind kind, string[] labels, string? problem, TextPooling? pooling)
    {
        var files = new[] { ModelFiles.ConfigurationName, ModelFiles.WeightsName }.ToDictionary(name => name,
            name => (ReadOnlyMemory<byte>)File.ReadAllBytes(Path.Combine(directory, name)));
        bool modern = false;
        TinyModels.EditConfiguration(files, json =>
        {
            modern = json["model_type"]!.GetValue<string>() == "modernbert";
            json["id2label"] =
                new System.Text.Json.Nodes.JsonObject(
                    labels.Select((label, i) => KeyValuePair.Create($"{i}", (System.Text.Json.Nodes.JsonNode?)label)));
        });
        TinyModels.EditWeights(files, tensor => Place(tensor.Name, kind, modern) is string name ? tensor with { Name = name } : null);
        return EncoderCheckpoint.LoadForTask(TinyModels.Files(files), new TaskConfiguration(kind, labels, problem), engine,
            seed: 1, pooling);
    }

    /// <summary>The name that a checkpoint of the task has for one of the oracle's tensors; null for
    /// what belongs to another head.</summary>
    private static string? Place(string name, TaskKind kind, bool modern)
    {
        string head = name.Split('.')[0], end = name[head.Length..];
        return head switch
        {
            "classifier" => kind == TaskKind.SequenceClassification ? name : null,
            "token_classifier" => kind == TaskKind.TokenClassification ? "classifier" + end : null,
            "qa_outputs" => kind == TaskKind.QuestionAnswering ? (modern ? "classifier" : "qa_outputs") + end : null,
            _ => name,
        };
    }

    private static string Renamed(string oracleName, TaskModel model) =>
        Place(oracleName, model.Task.Kind, model.Family == EncoderFamily.ModernBert)!;

    private static Dictionary<string, float[]> Gradients(TaskModel model)
    {
        var gradients = new Dictionary<string, float[]>();
        foreach (TensorName name in model.TensorNames().Where(name => model.Parameters.Contains(name.Parameter)))
        {
            Parameter parameter = model.Parameters[name.Parameter];
            var values = new float[parameter.Length];
            model.Engine.Read(parameter.Gradient!, 0, values);
            int length = values.Length / name.Tensors.Length;
            for (int part = 0; part < name.Tensors.Length; part++)
                gradients.Add(name.Tensors[part], values[(part * length)..((part + 1) * length)]);
        }
        return gradients;
    }

    private static float[] Rows(JsonElement oracle, string name) =>
        [.. oracle.GetProperty(name).Deserialize<float[][]>()!.SelectMany(row => row)];

    private static float[] Tokens(JsonElement oracle, string name) =>
        [.. oracle.GetProperty(name).Deserialize<float[][][]>()!.SelectMany(s => s).SelectMany(row => row)];

    private static void AssertNear(float[] expected, float[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-4f, $"{what} [{i}]");
    }
}
