using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>
/// Two small models, different in every file and in which files they have, saved over one another: in this process, and in one that does
/// so until it is killed. eng/soak compiles this file too.
/// </summary>
internal static class SavedModels
{
    public const string ChildCommand = "save-until-killed";

    /// <summary>Something of the user's beside the model's files.</summary>
    private const string Own = "README.md", OwnBelow = "notes/day.txt";

    private static readonly (MaskedLanguageModel Model, Tokenizer Tokenizer)[] s_models =
        [Make(EncoderFamily.Roberta, Bytes()), Make(EncoderFamily.Bert, Words())];
    private static readonly string[] s_hashes = [.. Enumerable.Range(0, s_models.Length).Select(HashOf)];

    /// <summary>Saves one of the two as SaveToDirectory does.</summary>
    public static void Save(int which, string directory) =>
        EncoderCheckpoint.Save(s_models[which % 2].Model, s_models[which % 2].Tokenizer, directory);

    /// <summary>Puts files of the user's into a directory.</summary>
    public static void AddOwn(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, Path.GetDirectoryName(OwnBelow)!));
        File.WriteAllText(Path.Combine(directory, Own), "mine");
        File.WriteAllText(Path.Combine(directory, OwnBelow), "mine");
    }

    /// <summary>Which of the two is there, whole and with the user's files; fails with what is there where neither is.</summary>
    public static int Find(string directory, bool withOwn)
    {
        // All of it is read as every reader does.
        ModelFiles files = ModelFiles.FromDirectory(directory);
        int found = Array.IndexOf(s_hashes, Hash([.. files.Names.Where(name => name != Own && !name.StartsWith('.'))], name =>
        {
            using ModelFile file = files.Open(name);
            return file.ReadAllBytes(int.MaxValue);
        }));
        if (found < 0)
            throw new InvalidOperationException($"'{directory}' has neither model, or not the whole of it: {Listing(directory)}");
        if (withOwn &&
            (File.ReadAllText(Path.Combine(directory, Own)) != "mine" || File.ReadAllText(Path.Combine(directory, OwnBelow)) != "mine"))
            throw new InvalidOperationException($"The user's own files in '{directory}' are others.");
        return found;
    }

    /// <summary>Fails where anything is in or beside the directory but a model and the user's files.</summary>
    public static void AssertNothingLeftOver(string parent, string directory, bool withOwn)
    {
        string[] expected = [Path.GetFileName(directory), .. Names(directory), .. withOwn ? (string[])[Own, "notes", OwnBelow] : []];
        string[] found = [.. Entries(parent).Select(Path.GetFileName)!, .. Entries(directory).Select(Path.GetFileName)!,
            .. withOwn ? (string[])[OwnBelow] : []];
        if (!found.Order().SequenceEqual(expected.Order()))
            throw new InvalidOperationException($"Left over in '{parent}': {string.Join(", ", found.Except(expected))}");

        string[] Names(string directory)
        {
            (MaskedLanguageModel model, Tokenizer tokenizer) = s_models[Find(directory, withOwn)];
            return [ModelFiles.ConfigurationName, ModelFiles.WeightsName, .. tokenizer.ToFiles().Names];
        }
    }

    /// <summary>
    /// Fails where software that knows nothing of how it is written would find a mixture: a directory with config.json has all files of one
    /// model and none of the other. Gives whether there is no config.json.
    /// </summary>
    public static bool IsAmidRenames(string directory)
    {
        string[] names = [.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file))
            .Where(name => name != Own && !name.StartsWith('.'))];
        if (!names.Contains(ModelFiles.ConfigurationName))
            return true;
        if (!s_hashes.Contains(Hash(names, name => File.ReadAllBytes(Path.Combine(directory, name)))))
            throw new InvalidOperationException($"'{directory}' is a mixture: {Listing(directory)}");
        return false;
    }

    /// <summary>The bytes of the larger model.</summary>
    public static long Size =>
        s_models.Max(each => each.Model.Parameters.Length * sizeof(float) +
            each.Tokenizer.ToFiles().Names.Sum(name => each.Tokenizer.ToFiles().TryGet(name, out byte[]? content) ? content.Length : 0L));

    /// <summary>Starts a process that saves one model over the other until it is killed; it has begun when this comes back.</summary>
    public static Process Start(string directory, int first)
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        Process process =
            Process.Start(new ProcessStartInfo(host,
                ["exec", Assembly.GetExecutingAssembly().Location, ChildCommand, directory, $"{first}"]) {
                RedirectStandardOutput = true })!;
        if (process.StandardOutput.ReadLine() is null)
            throw new InvalidOperationException("The process that saves ended by itself.");
        return process;
    }

    /// <summary>What that process does.</summary>
    public static int RunAsChild(string directory, int first)
    {
        // The models are made, and both saved once elsewhere: from here on the process does nothing but save.
        _ = s_hashes.Length;
        Console.WriteLine("saving");
        Console.Out.Flush();
        for (int which = first; ; which++)
            Save(which, directory);
    }

    private static (MaskedLanguageModel, Tokenizer) Make(EncoderFamily family, Tokenizer tokenizer) =>
        (MaskedLanguageModel.Initialize(family, new EncoderConfiguration
    {
        VocabularySize = tokenizer.VocabularySize, HiddenSize = 64, Layers = family == EncoderFamily.Bert ? 3 : 2, MaxLength = 16,
            PadToken = tokenizer.PadToken,
        Embeddings = new EmbeddingConfiguration
        {
            PositionOffset = family == EncoderFamily.Bert ? 0 : tokenizer.PadToken + 1, TokenTypes = family == EncoderFamily.Bert ? 2 : 1
        },
        Attention = new AttentionConfiguration { Heads = 2 },
        FeedForward = new FeedForwardConfiguration { Width = 128 },
    }, CpuEngine.Shared, seed: 1), tokenizer);

    private static Tokenizer Bytes() => ByteLevelBpeTrainer.Train(["the cat sat on the mat\n"], 280);

    private static Tokenizer Words() =>
        Tokenizer.FromFiles(
            new TokenizerFiles([new("vocab.txt", Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\n"))]));

    private static string HashOf(int which)
    {
        string directory = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;
        try
        {
            Save(which, directory);
            return Hash([.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file))],
                name => File.ReadAllBytes(Path.Combine(directory, name)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Hash(string[] names, Func<string, byte[]> read) =>
        string.Join(' ', names.Order(StringComparer.Ordinal).Select(name => $"{name}:{Convert.ToHexString(SHA256.HashData(read(name)))}"));

    private static string Listing(string directory) =>
        string.Join(", ", Entries(directory).Select(entry => Path.GetRelativePath(directory, entry)));

    private static IEnumerable<string> Entries(string directory) => Directory.EnumerateFileSystemEntries(directory);
}
