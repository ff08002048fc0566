using System.Text;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Finds the model in the folder layouts of other software: a sentence-transformers folder names its encoder's folder in
/// <c>modules.json</c>, and the cache of Hugging Face's hub keeps the files of each revision in <c>snapshots</c>.
/// </summary>
internal static class ModelFolder
{
    private const string AdapterName = "adapter_config.json", ModulesName = "modules.json";

    /// <summary>The folder with the model: the one that the layout names, or the directory itself if it has a <c>config.json</c> or neither
    /// layout.</summary>
    /// <exception cref="CheckpointException">The layout names a folder that does not exist, or is outside the directory.</exception>
    public static string Follow(string directory)
    {
        if (Has(directory, ModelFiles.ConfigurationName))
            return directory;
        if (Has(directory, ModulesName))
            return FollowModules(directory);
        return FindSnapshot(directory) is string snapshot ? Follow(snapshot) : directory;
    }

    /// <summary>The part of an error message about a directory without a model: its content, and what to do; null if not known.</summary>
    public static string? Explain(string directory)
    {
        if (Has(directory, AdapterName))
        {
            return $"It contains an adapter ('{AdapterName}', as PEFT saves it), which changes a model that lies elsewhere. Merge the two first, " +
                "in Python: peft.AutoPeftModel….from_pretrained(\"<directory>\").merge_and_unload().save_pretrained(\"<new directory>\"), " +
                "with the class of the model's task.";
        }
        string[] below =
        [
            .. Directory.EnumerateDirectories(directory)
                .Where(folder => Has(folder, ModelFiles.ConfigurationName))
                .Select(folder => Messages.Quote(Path.GetFileName(folder)))
                .Order(StringComparer.Ordinal)
                .Take(4)
        ];
        if (below.Length > 0)
            return $"It has folders that contain one: give the path of {string.Join(", or of ", below)}.";
        return Directory.Exists(Path.Combine(directory, "snapshots"))
            ? "It is a folder of Hugging Face's cache with no revision that 'refs/main' names: give the path of a folder in 'snapshots'."
            : null;
    }

    /// <summary>Refuses a directory with an adapter beside its model: without the adapter the model would give other answers.</summary>
    /// <exception cref="CheckpointException">There is one.</exception>
    public static void RefuseAdapter(string directory)
    {
        if (Has(directory, AdapterName))
        {
            throw new CheckpointException(
                $"'{directory}' has an adapter beside its model, which would be left out. {Explain(directory)} " +
                $"If it is merged already, move '{AdapterName}' away.");
        }
    }

    private static string FollowModules(string directory)
    {
        using ModelFile file = ModelFile.Open(Path.Combine(directory, ModulesName));
        foreach (ConfigurationJson module in ConfigurationJson.ReadList(file))
        {
            if (module.String("type", "").Split('.')[^1] != "Transformer")
                continue;
            string path = module.String("path", "");
            if (path.Length == 0)
                return directory;
            if (!ModelFiles.IsSimpleName(path))
                throw module.Error("path", "the name of a folder beside the file");
            string folder = Path.Combine(directory, path);
            return Directory.Exists(folder)
                ? folder
                : throw new CheckpointException(
                    $"'{file.Name}' names the folder {Messages.Quote(path)}, which is absent from '{directory}'; expected the encoder " +
                    "there. Copy or download the missing folder.");
        }
        return directory;
    }

    private static string? FindSnapshot(string directory)
    {
        string snapshots = Path.Combine(directory, "snapshots"), main = Path.Combine(directory, "refs", "main");
        if (!Directory.Exists(snapshots) || !InputFile.Exists(main))
            return null;
        using ModelFile file = ModelFile.Open(main);
        if (file.Length > 100)
            return null;
        string revision = Encoding.ASCII.GetString(file.ReadAllBytes(100)).Trim();
        return ModelFiles.IsSimpleName(revision) && Directory.Exists(Path.Combine(snapshots, revision))
            ? Path.Combine(snapshots, revision)
            : null;
    }

    private static bool Has(string directory, string name) => InputFile.Exists(Path.Combine(directory, name));
}
