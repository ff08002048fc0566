using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The snapshots of a training in a directory: <c>step-N</c>, with <c>arrays.safetensors</c> (values, moments, averages and best values of
/// the trainable parameters), <c>state.json</c> (the <see cref="TrainingState"/> and the fingerprint), and the checksums of both. A
/// snapshot appears by one rename, and only then are older ones removed, so there is always a complete one, and the one with the highest
/// number is complete. The caller holds the <see cref="SnapshotsLock"/>.
/// </summary>
internal sealed class Snapshots(string directory, Engine engine, Fingerprint fingerprint)
{
    private const string Prefix = "step-", ArraysName = "arrays.safetensors", StateName = "state.json";
    private const int PieceLength = 1 << 16;
    private const int Version = 1; // 0 if state.json has none: without checksums

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes a snapshot and removes the older ones.</summary>
    public void Save(TrainingState state, Optimizer optimizer, BestWeights best)
    {
        string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:D9}"));
        AtomicDirectory.Write(path, written =>
        {
            SafeTensorsWriter.Write(Path.Combine(written, ArraysName), Arrays(optimizer, best, best.Held).Select(array => new TensorToWrite(
                array.Name, [array.Buffer.Length], ElementType.Float32, (start, values) => engine.Read(array.Buffer, start, values))));
            File.WriteAllBytes(Path.Combine(written, StateName),
                JsonSerializer.SerializeToUtf8Bytes(new StateFile(fingerprint.Parts, best.Held, state, Version), s_json));
            Checksums.Write(written, ArraysName, StateName);
        });
        foreach (string other in Directory.EnumerateFileSystemEntries(directory))
        {
            // Also removes what a killed process was writing.
            if (Path.GetFileName(other).StartsWith("." + Prefix, StringComparison.Ordinal) ||
                StepOf(other) is long step && step != state.Step)
                Delete(other);
        }
    }

    /// <summary>The seed of the training that left a snapshot in a directory; null if there is none.</summary>
    public static ulong? FindSeed(string directory)
    {
        try
        {
            return FindLast(directory) is string path &&
                ReadState(Path.Combine(path, StateName)).Fingerprint.TryGetValue(nameof(TrainingOptions.Seed), out string? text)
                && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Loading the snapshot reports why it cannot be read.
            return null;
        }
    }

    /// <summary>Restores everything from the last snapshot and returns its state; null if there is none.</summary>
    /// <exception cref="CheckpointException">The snapshot is from a training with other data or options, or is damaged; nothing was
    /// changed.</exception>
    public TrainingState? Load(Optimizer optimizer, BestWeights best, TrainingPlan plan, TrainingOptions options)
    {
        if (FindLast(directory) is not string path)
            return null;
        StateFile file = ReadState(Path.Combine(path, StateName));
        if (file.Version is < 0 or > Version)
            throw Damaged(path, $"it has version {file.Version}, but only versions up to {Version} are supported");
        if ((file.Version > 0 || Checksums.AreIn(path)) && Checksums.FindDifference(path, ArraysName, StateName) is string changed)
            throw Damaged(path, changed);
        string difference = fingerprint.Difference(file.Fingerprint);
        if (difference.Length > 0)
            throw new CheckpointException(
                $"The snapshot '{path}' is from another training; the differences are: {difference}. Train with the same data and " +
                $"options, set another CheckpointDirectory, or remove '{directory}' to start again.");
        if (StepOf(path) != file.State.Step)
            throw Damaged(path, $"its state is from step {file.State.Step}");
        if (TrainingStateCheck.FindImpossible(file.State, file.HoldsBest, plan, options) is string impossible)
            throw Damaged(path, impossible);
        using var arrays = SafeTensorsReader.Open(Path.Combine(path, ArraysName));
        (string Name, DeviceBuffer Buffer, Parameter? Owner)[] buffers = [.. Arrays(optimizer, best, file.HoldsBest)];
        foreach ((string name, DeviceBuffer buffer, _) in buffers)
            arrays.Require(name, buffer.Length);
        foreach ((string name, DeviceBuffer buffer, Parameter? owner) in buffers)
            Read(arrays, name, buffer, owner);
        optimizer.Updates = file.State.Updates;
        return file.State;
    }

    private static string? FindLast(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateDirectories(directory).Where(name => StepOf(name) is not null)
            .MaxBy(StepOf) : null;

    private static CheckpointException Damaged(string path, string why) =>
        new($"The snapshot '{path}' is damaged: {why}. Remove it to continue from an older snapshot or start again.");

    private static StateFile ReadState(string path)
    {
        try
        {
            using ModelFile content = ModelFile.Open(path);
            using Stream stream = content.OpenStream();
            return JsonSerializer.Deserialize<StateFile>(stream, s_json) is { State: not null, Fingerprint: not null } file
                ? file : throw new JsonException("a part is missing");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(
                $"'{path}' cannot be read: {exception.Message} Expected a file written by a training. Remove its directory to continue " +
                "from an older snapshot or start again.", exception);
        }
    }

    /// <summary>Every array of a snapshot by its name, and the parameter whose value it is, if any.</summary>
    private static IEnumerable<(string Name, DeviceBuffer Buffer, Parameter? Owner)> Arrays(Optimizer optimizer,
        BestWeights best, bool withBest)
    {
        int i = 0;
        foreach (Parameter parameter in optimizer.Learning)
        {
            yield return ("value." + parameter.Name, parameter.Value!, parameter);
            yield return ("first-moment." + parameter.Name, parameter.FirstMoment!, null);
            yield return ("second-moment." + parameter.Name, parameter.SecondMoment!, null);
            if (parameter.Average is not null)
                yield return ("average." + parameter.Name, parameter.Average, null);
            if (withBest)
                yield return ("best." + parameter.Name, best.Buffers[i++], null);
        }
    }

    private void Read(SafeTensorsReader arrays, string name, DeviceBuffer buffer, Parameter? owner)
    {
        var values = new float[Math.Min(PieceLength, buffer.Length)];
        for (long start = 0; start < buffer.Length; start += values.Length)
        {
            Span<float> piece = values.AsSpan(0, (int)Math.Min(values.Length, buffer.Length - start));
            arrays.Read(name, start, piece);
            if (owner is null)
                engine.Write(buffer, start, piece);
            else
                engine.Write(owner, start, piece);
        }
    }

    private static long? StepOf(string path)
    {
        string name = Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) &&
            long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step : null;
    }

    private static void Delete(string path)
    {
        // If it cannot be removed, the next snapshot tries again; only the newest matters.
        if (Directory.Exists(path))
            WriteGuard.TryDeleteDirectory(path);
        else
            WriteGuard.TryDeleteFile(path);
    }

    /// <summary>The content of state.json.</summary>
    private sealed record StateFile(IReadOnlyDictionary<string, string> Fingerprint, bool HoldsBest, TrainingState State, int Version = 0);
}
