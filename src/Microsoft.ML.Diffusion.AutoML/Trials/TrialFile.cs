using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// The trials of a sweep in a file of JSON lines: the first line describes the sweep, each other line is a trial. The whole file is
/// replaced after every trial, so that a killed process loses no completed trial.
/// </summary>
internal sealed class TrialFile
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string? _path;
    private readonly string _sweep;
    private readonly List<TrialRecord> _trials = [];

    /// <summary>Opens a file of trials, or creates one.</summary>
    /// <param name="path">The path; null to keep the trials in memory only.</param>
    /// <param name="sweep">The description of the sweep: data, settings, seed.</param>
    /// <exception cref="InvalidDataException">The file belongs to another sweep or is damaged.</exception>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public TrialFile(string? path, string sweep)
    {
        (_path, _sweep) = (path, sweep);
        if (path is null || !File.Exists(path))
            return;
        int number = 0;
        using ModelFile file = ModelFile.Open(path);
        using var reader = new StreamReader(file.OpenStream(), Encoding.UTF8);
        while (reader.ReadLine() is string line)
        {
            number++;
            try
            {
                if (number == 1)
                    Check(JsonSerializer.Deserialize<Header>(line, s_json)?.Sweep);
                else
                    _trials.Add(JsonSerializer.Deserialize<TrialRecord>(line, s_json) ?? throw new JsonException("It is null."));
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException(
                    $"Line {number} of the trials '{path}' is not a trial of a sweep: {exception.Message} Use another directory, or " +
                    "delete the file to start again.", exception);
            }
        }
    }

    /// <summary>The trials, in order.</summary>
    public IReadOnlyList<TrialRecord> Trials => _trials;

    /// <summary>Adds a trial and writes the file.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Add(TrialRecord trial)
    {
        _trials.Add(trial);
        if (_path is null)
            return;
        AtomicFile.Write(_path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            writer.Write(JsonSerializer.Serialize(new Header(_sweep), s_json) + "\n");
            foreach (TrialRecord each in _trials)
                writer.Write(JsonSerializer.Serialize(each, s_json) + "\n");
        });
    }

    private void Check(string? sweep)
    {
        if (sweep != _sweep)
            throw new InvalidDataException(
                $"The trials '{_path}' belong to another sweep: {sweep ?? "none"}; expected {_sweep}. Use another directory, or the same " +
                "data, settings and seed as before.");
    }

    private sealed record Header(string Sweep);
}
