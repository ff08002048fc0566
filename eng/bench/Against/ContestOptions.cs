using System.CommandLine;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>The options of a comparison between a command of this program and a peer, and the procedure.</summary>
internal sealed class ContestOptions
{
    /// <summary>The inputs of both, copied from this program's own line into the result.</summary>
    private static readonly string[] s_shape = ["size", "batch", "seq", "longest", "tokens", "steps", "vocabulary", "engine"];

    private readonly ModelOptions _model;
    private readonly Option<int> _rounds =
        ModelOptions.Positive("--rounds", "Rounds; each is a process of the peer and one of this program.", 5);
    private readonly Option<DirectoryInfo?> _scripts =
        new("--scripts") { Description = "The folder that holds the peers' scripts; without it eng/bench/peers of the repository." };

    public ContestOptions(ModelOptions model, Command command)
    {
        _model = model;
        command.Options.Add(_rounds);
        command.Options.Add(_scripts);
    }

    public string Scripts(ParseResult result) => result.GetValue(_scripts)?.FullName
        ?? Path.Combine(Repository.Root, "eng", "bench", "peers");

    /// <summary>
    /// Measures both in turns and writes one line: the medians of the rounds' medians, both ratios of the two, and the values of every
    /// round.
    /// </summary>
    public async Task<int> Run(ParseResult result, string[] command, Peer peer, CancellationToken cancellationToken)
    {
        int runs = result.GetValue(_model.Runs), threads = result.GetValue(_model.Threads);
        if (threads == 0)
            threads = Environment.ProcessorCount;
        string[] own = [.. command, "--runs", $"{runs}", "--threads", $"{threads}"];
        // dotnet run starts the program, dotnet FILE.dll the runtime.
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [typeof(ContestOptions).Assembly.Location, .. own]
            : own;

        List<double> ours = [], theirs = [];
        JsonObject ourLine = [], theirLine = [];
        int rounds = result.GetValue(_rounds);
        for (int round = 1; round <= rounds; round++)
        {
            // The peer first, because it may be missing.
            theirLine = await peer.Measure(threads, runs, cancellationToken);
            ourLine = await JsonProcess.Run(new(program, arguments), cancellationToken);
            theirs.Add(Median(theirLine));
            ours.Add(Median(ourLine));
            Console.Error.WriteLine($"Round {round} of {rounds}: {ours[^1]:0.##} ms, {peer.Name} {theirs[^1]:0.##} ms");
        }
        (Measurement mine, Measurement other) = (Measurement.From(ours), Measurement.From(theirs));
        JsonLine.Write($"against, {command[0]}", mine,
        [
            ("runs", runs), .. s_shape.Where(ourLine.ContainsKey).Select(name => (name, ourLine[name]?.DeepClone())),
            ("peer", $"{peer.Name} {theirLine["version"]}"), ("peer_ms_median", Math.Round(other.MedianMilliseconds, 4)),
            ("time_ratio", Math.Round(mine.MedianMilliseconds / other.MedianMilliseconds, 3)),
            ("speedup", Math.Round(other.MedianMilliseconds / mine.MedianMilliseconds, 3)), ("ms_medians", Rounded(ours)),
            ("peer_ms_medians", Rounded(theirs)),
        ]);
        return 0;
    }

    private static double Median(JsonObject line) => (double)line["ms_median"]!;

    private static JsonArray Rounded(List<double> times) => [.. times.Select(time => (JsonNode)Math.Round(time, 4))];
}
