using System.CommandLine;
using SweepSchedules;

var data = new Option<FileInfo?>("--data") { Description =
    "A text, one paragraph per line; without it, some paragraphs of the example's own." };
var prompts = new Option<int>("--prompts") { Description = "The number of prompts for each trial.", DefaultValueFactory = _ => 8 };
var heldOut = new Option<int>("--held-out")
{
    Description = "The number of other prompts for comparing the best with the default.", DefaultValueFactory = _ => 4
};
var trials = new Option<int>("--trials") { Description = "The number of settings to try.", DefaultValueFactory = _ => 10 };
var tokens = new Option<int>("--tokens") { Description = "The number of tokens to write after a prompt.", DefaultValueFactory = _ => 24 };
var calls = new Option<int>("--calls") { Description = "The maximum number of denoiser calls for a text.", DefaultValueFactory = _ => 12 };
var seeds = new Option<int>("--seeds") { Description =
    $"The number of seeds for comparing the best with the default, 1 to {Comparison.MostSeeds}.", DefaultValueFactory = _ => 3 };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same trials.", DefaultValueFactory = _ => 1 };
var directory = new Option<DirectoryInfo?>("--directory") { Description =
    "Where the trials and the best model are kept: the same command continues where it stopped." };
var root = new RootCommand("Finds the mask schedule, sampler and temperature that write most like real text.")
{
    data, prompts, heldOut, trials, tokens, calls, seeds, seed, directory
};
root.SetAction(async (result, cancellationToken) =>
{
    try
    {
        if (result.GetValue(seeds) < 1 || result.GetValue(seeds) > Comparison.MostSeeds)
            throw new ArgumentException($"--seeds is {result.GetValue(seeds)}; expected 1 to {Comparison.MostSeeds}.");
        FileInfo? file = result.GetValue(data);
        string? folder = result.GetValue(directory)?.FullName;
        if (folder is not null)
            Directory.CreateDirectory(folder);
        await Sweep.RunAsync(
            Passage.Split(file is null ? Paragraphs.All : File.ReadLines(file.FullName), result.GetValue(tokens)),
            new SweepArguments(
                result.GetValue(prompts), result.GetValue(heldOut), result.GetValue(trials), result.GetValue(tokens),
                result.GetValue(calls), result.GetValue(seeds),
                result.GetValue(seed), folder),
            cancellationToken);
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or NotSupportedException or TimeoutException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return await root.Parse(args).InvokeAsync();
