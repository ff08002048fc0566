using System.Globalization;
using Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;
using Microsoft.ML.Diffusion.Tests.Files;

// Saving a model over another, as SaveToDirectory does: killed (SIGKILL) at random moments, and on a
// disk that is full at one level or another. After each, a reader finds the whole old or the whole new model; after the next writing
// nothing is left over. The first that fails is thrown.
// usage: soak [kills levels seed]                 200 kills, 50 levels, seed 1
//        soak torch [mutants seed]                10,000 mutants of each file of PyTorch, seed 1: each is read, or refused by name
//        soak save-until-killed <directory> <n>   what the former starts and kills
return args switch
{
    [SavedModels.ChildCommand, string directory, string first] => SavedModels.RunAsChild(directory, Number(first)),
    ["torch", string mutants, string seed] => Mutate(Number(mutants), Number(seed)),
    ["torch"] => Mutate(mutants: 10_000, seed: 1),
    [string kills, string levels, string seed] => Run(Number(kills), Number(levels), Number(seed)),
    [] => Run(kills: 200, levels: 50, seed: 1),
    _ => throw new ArgumentException("usage: soak [kills levels seed] | soak torch [mutants seed]"),
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Mutate(int mutants, int seed)
{
    System.Reflection.Assembly assembly = typeof(TorchMutants).Assembly;
    foreach (string name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".bin", StringComparison.Ordinal)).Order())
    {
        var sound = new MemoryStream();
        assembly.GetManifestResourceStream(name)!.CopyTo(sound);
        TorchMutants.Counts counts = TorchMutants.Run(sound.ToArray(), mutants, seed);
        Console.WriteLine(
            $"{name}, {sound.Length:N0} bytes: {counts.Mutants:N0} mutants (seed {seed}), {counts.Refused:N0} refused by name, the others read; "
            + $"at most {counts.MostAllocated:N0} bytes allocated to open one (of {counts.OfLength:N0} bytes), "
            + $"{counts.Longest.TotalMilliseconds:N1} ms for one.");
    }
    return 0;
}

static int Run(int kills, int levels, int seed)
{
    string directory = Directory.CreateTempSubdirectory("diffusion-soak").FullName;
    try
    {
        SaveSoak.KillCounts counts = SaveSoak.Kill(directory, kills, seed);
        Console.WriteLine(
            $"{counts.Kills} kills (seed {seed}): {counts.First} left no directory where there was none, {counts.Writing} fell while " +
            "files were written, "
            + $"{counts.Renaming} while they were put in their places, the others between; each time a whole model, and nothing left over " +
                "after the next writing.");
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
    using SmallDisk? disk = SmallDisk.TryMount(mebibytes: 4);
    if (disk is null)
    {
        Console.WriteLine("skipped: full disk, which needs the right to mount a tmpfs (Linux, root).");
        return 0;
    }
    // Up to a fifth more than the model's bytes: files take whole pages, and folders some.
    int saved = SaveSoak.FillDisk(disk.Path, Enumerable.Range(0, levels).Select(level => 1.2 * level / Math.Max(1, levels - 1)));
    Console.WriteLine(
        $"{levels} levels of a full disk, over a model and where there is none: saved {saved} times; {2 * levels - saved} times the error " +
        "that names the directory, "
        + "and what was there is there; each time nothing left over.");
    return 0;
}
