using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>A snapshot that is not what a training wrote is an error, and never other weights.</summary>
[TestClass]
public sealed class DamagedSnapshotTests : IDisposable
{
    private const string State = "state.json", Arrays = "arrays.safetensors", Sums = "SHA256SUMS";
    private readonly TemporaryDirectory _directory = new();
    private readonly Engine _engine = TestEngine.Create(1);
    private readonly TrainingOptions _options;

    public DamagedSnapshotTests() => _options = new TrainingOptions
    {
        Epochs = 3, BatchSize = 5, LearningRate = .01, EmaDecay = .9, ValidationInterval = 2, Patience = 100, AccumulationSteps = 2,
            ReportInterval = 1, CheckpointInterval = 1,
        CheckpointDirectory = _directory["snapshots"],
    };

    public void Dispose()
    {
        _engine.Dispose();
        _directory.Dispose();
    }

    [TestMethod]
    public void Any_change_of_a_byte_is_found()
    {
        string snapshot = Interrupt();
        foreach (string name in (string[])[State, Arrays, Sums])
        {
            byte[] whole = File.ReadAllBytes(Path.Combine(snapshot, name));
            for (int i = 0; i < 8; i++)
            {
                byte[] damaged = [.. whole];
                damaged[(int)((long)i * (whole.Length - 1) / 7)] ^= 1;
                AssertRefused(snapshot, name, damaged, null);
            }
            AssertRefused(snapshot, name, whole[..^2], null);
            AssertRefused(snapshot, name, [], null);
            File.Delete(Path.Combine(snapshot, name));
            Assert.ThrowsExactly<CheckpointException>(Resume);
            File.WriteAllBytes(Path.Combine(snapshot, name), whole);
        }
        // A number edited by hand, which is one that could be.
        byte[] state = File.ReadAllBytes(Path.Combine(snapshot, State));
        string renamed = System.Text.Encoding.UTF8.GetString(state).Replace("\"Version\"", "\"Wersion\"", StringComparison.Ordinal);
        AssertRefused(snapshot, State, System.Text.Encoding.UTF8.GetBytes(renamed), "its checksum in SHA256SUMS does not match");
        AssertRefused(snapshot, State, Edit(state, json => json["LossSum"] = 1),
            "'state.json' differs from the file that was written: its checksum in SHA256SUMS does not match. Remove it");
        Assert.AreEqual(4, Resume().ResumedAt);
    }

    [TestMethod]
    public void Values_that_cannot_be_are_errors_though_the_checksum_fits()
    {
        string snapshot = Interrupt();
        byte[] state = File.ReadAllBytes(Path.Combine(snapshot, State));
        Refused(json => json["Step"] = 5, "its state is from step 5");
        Refused(json => json["Updates"] = -1, "Updates is -1; expected 0 to 4");
        Refused(json => json["Updates"] = 5, "Updates is 5; expected 0 to 4");
        Refused(json => json["Batches"] = 7, "Batches is 7; expected 8");
        Refused(json => json["Epoch"] = -1, "Epoch is -1; expected 0 to 8");
        Refused(json => json["NextBatch"] = -1, "NextBatch is -1; expected 0 to 5");
        Refused(json => json["NextBatch"] = 6, "NextBatch is 6; expected 0 to 5");
        Refused(json => json["Tokens"] = -1, "Tokens is -1; expected 0 or more");
        Refused(json => json["Losses"] = -1, "Losses is -1; expected 0 to 4");
        Refused(json => json["ReportedStep"] = 2, "ReportedStep is 2; expected 3 to 4");
        Refused(json => json["BestStep"] = 5, "BestStep is 5; expected 0 to 4");
        Refused(json => json["Unimproved"] = -1, "Unimproved is -1; expected 0 to 4");
        Refused(json => json["Elapsed"] = "-00:00:01", "Elapsed is -10000000; expected 0 or more");
        Refused(json => json["LossSum"] = "NaN", "LossSum is NaN; expected a number");
        Refused(json => json["BestValue"] = "NaN", "BestValue is not a number");
        Refused(json => json["Stop"] = 7, "Stop is 7; expected Completed or OutOfPatience");
        Refused(json => json["Stop"] = 0, "Stop is Completed at step 4 of 9");
        Refused(json => json["Rows"] = null, "Rows are missing");
        Refused(json => json["Step"] = "four", "cannot be read");
        // And what does not go together.
        Refused(json => json["Rows"]![1]!["Step"] = 1, "the row of step 1 follows that of step 1");
        Refused(json => json["Rows"]![1]!["Validation"]!["Metrics"] = new JsonArray(), "the validation at step 2 has no metrics");
        Refused(json => (json["Epoch"], json["NextBatch"]) = (0, 3), "NextBatch is 3; expected 8");

        void Refused(Action<JsonNode> edit, string expected)
        {
            File.WriteAllBytes(Path.Combine(snapshot, State), state);
            Rewrite(snapshot, edit);
            SafeTensorsBytes.AssertExplains(Assert.ThrowsExactly<CheckpointException>(Resume), snapshot, expected);
        }
    }

    [TestMethod]
    public void One_from_before_there_were_checksums_is_still_read_and_a_later_one_is_not()
    {
        using var whole = new ToyTask(_engine);
        Trainer.Run(_engine, whole, _options with { CheckpointDirectory = null });
        string snapshot = Interrupt();
        string state = Path.Combine(snapshot, State);
        JsonNode json = JsonNode.Parse(File.ReadAllBytes(state))!;
        json["Version"] = 2;
        File.WriteAllText(state, json.ToJsonString());
        SafeTensorsBytes.AssertExplains(Assert.ThrowsExactly<CheckpointException>(Resume), snapshot,
            "it has version 2, but only versions up to 1 are supported");
        json.AsObject().Remove("Version");
        File.WriteAllText(state, json.ToJsonString());
        File.Delete(Path.Combine(snapshot, Sums));
        using var rest = new ToyTask(_engine);
        Assert.AreEqual(4, Trainer.Run(_engine, rest, _options).ResumedAt);
        Encoders.TinyModels.AssertSameWeights(whole.Weights(), rest.Weights());
    }

    /// <summary>Trains four steps of nine; gives the snapshot.</summary>
    private string Interrupt()
    {
        using var cancellation = new CancellationTokenSource();
        using var task = new ToyTask(_engine) { OnForward = number => { if (number == 8) cancellation.Cancel(); } };
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer.Run(_engine, task, _options, cancellationToken: cancellation.Token));
        return _directory["snapshots/step-000000004"];
    }

    private TrainingReport Resume()
    {
        using var task = new ToyTask(_engine);
        Dictionary<string, float[]> before = task.Weights();
        try
        {
            return Trainer.Run(_engine, task, _options);
        }
        catch (CheckpointException)
        {
            Encoders.TinyModels.AssertSameWeights(before, task.Weights());
            throw;
        }
    }

    private void AssertRefused(string snapshot, string name, byte[] content, string? expected)
    {
        string path = Path.Combine(snapshot, name);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, content);
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(Resume);
        SafeTensorsBytes.AssertExplains(exception, snapshot, expected ?? "");
        File.WriteAllBytes(path, whole);
    }

    private static byte[] Edit(byte[] state, Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(state)!;
        edit(json["State"]!);
        return System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>Edits a snapshot and updates its checksums.</summary>
    private static void Rewrite(string snapshot, Action<JsonNode> edit)
    {
        string path = Path.Combine(snapshot, State);
        File.WriteAllBytes(path, Edit(File.ReadAllBytes(path), edit));
        File.WriteAllLines(Path.Combine(snapshot, Sums), ((string[])[Arrays, State])
            .Select(name => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(snapshot, name))))}  {name}"));
    }
}
