using System.Diagnostics;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>Saving over an old model, killed at random moments and on disks that are full at one level or another.
/// eng/soak compiles this file too.</summary>
internal static class SaveSoak
{
    /// <summary>How many kills fell where.</summary>
    /// <param name="Kills">All.</param>
    /// <param name="First">Those while the directory was to be made, which then did not exist.</param>
    /// <param name="Writing">Those while new files were written.</param>
    /// <param name="Renaming">Those while files were put in their places.</param>
    public readonly record struct KillCounts(int Kills, int First, int Writing, int Renaming);

    /// <summary>
    /// Kills a process that saves one model over the other. Each time a reader then finds one of the two, whole, with the user's files;
    /// of every fourth, which begins with no directory, one of the two or none. Every other kill waits,
    /// after its random time, until files are seen being put in their places, which takes less than a thousandth of the time.
    /// After the next writing nothing is left over.
    /// </summary>
    /// <param name="parent">An empty directory.</param>
    /// <param name="kills">How many times.</param>
    /// <param name="seed">Of the moments.</param>
    public static KillCounts Kill(string parent, int kills, int seed)
    {
        var random = new Random(seed);
        var counts = new KillCounts(kills, 0, 0, 0);
        string directory = Path.Combine(parent, "model");
        for (int kill = 0; kill < kills; kill++)
        {
            bool first = kill % 4 == 0;
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
            if (!first)
            {
                SavedModels.Save(kill, directory);
                SavedModels.AddOwn(directory);
            }
            using (Process process = SavedModels.Start(directory, kill + 1))
            {
                Stopwatch clock = Stopwatch.StartNew();
                double microseconds = random.NextDouble() * (first ? 40_000 : 150_000);
                while (clock.Elapsed.TotalMicroseconds < microseconds)
                    Thread.Sleep(microseconds - clock.Elapsed.TotalMicroseconds > 2_000 ? 1 : 0);
                while (kill % 2 == 1 && !process.HasExited && !Directory.Exists(Path.Combine(directory, ".writing", "ready")))
                    Thread.SpinWait(10);
                if (process.HasExited)
                    throw new InvalidOperationException($"The process that saves ended by itself, with exit code {process.ExitCode}.");
                process.Kill();
                process.WaitForExit();
            }
            if (!first || Directory.Exists(directory))
            {
                counts = SavedModels.IsAmidRenames(directory) ? counts with { Renaming = counts.Renaming + 1 }
                    : Directory.Exists(Path.Combine(directory, ".writing")) ? counts with { Writing = counts.Writing + 1 } : counts;
                SavedModels.Find(directory, withOwn: !first);
            }
            else
            {
                counts = counts with { First = counts.First + 1 };
            }
            SavedModels.Save(kill, directory);
            SavedModels.AssertNothingLeftOver(parent, directory, withOwn: !first);
            if (SavedModels.Find(directory, withOwn: !first) != kill % 2)
                throw new InvalidOperationException("The model is not the one that was saved last.");
        }
        return counts;
    }

    /// <summary>
    /// Saves on a disk that has room for some share of the model: over the other model, and where there is none. Each time it is saved,
    /// or the promised error names the directory and what was there is there; nothing is left over.
    /// </summary>
    /// <param name="parent">An empty directory, the root of a small disk.</param>
    /// <param name="shares">What there is room for: from 0, nothing, to above 1, all of it.</param>
    /// <returns>How often it was saved.</returns>
    public static int FillDisk(string parent, IEnumerable<double> shares)
    {
        int saved = 0;
        string models = Path.Combine(parent, "models"), directory = Path.Combine(models, "model"),
            filling = Path.Combine(parent, "filling");
        foreach (double share in shares)
        {
            foreach (bool first in (bool[])[false, true])
            {
                Directory.CreateDirectory(models);
                if (!first)
                {
                    SavedModels.Save(0, directory);
                    SavedModels.AddOwn(directory);
                }
                long room = (long)(share * SavedModels.Size);
                using (FileStream file = File.Create(filling))
                {
                    byte[] page = new byte[4096];
                    while (new DriveInfo(parent).AvailableFreeSpace - page.Length >= room)
                    {
                        file.Write(page);
                        file.Flush();
                    }
                }
                bool isSaved = TrySave(directory);
                saved += isSaved ? 1 : 0;
                if (isSaved || !first)
                {
                    if (SavedModels.Find(directory, withOwn: !first) != (isSaved ? 1 : 0))
                        throw new InvalidOperationException("The model is not the one that was saved last.");
                    SavedModels.AssertNothingLeftOver(models, directory, withOwn: !first);
                }
                else if (Directory.EnumerateFileSystemEntries(models).Any())
                {
                    throw new InvalidOperationException($"Left over: {string.Join(", ", Directory.EnumerateFileSystemEntries(models))}");
                }
                File.Delete(filling);
                Directory.Delete(models, recursive: true);
            }
        }
        return saved;
    }

    private static bool TrySave(string directory)
    {
        try
        {
            SavedModels.Save(1, directory);
            return true;
        }
        catch (CheckpointException exception) when (
            exception.Message.StartsWith($"'{directory}' cannot be written: No space left on device", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
