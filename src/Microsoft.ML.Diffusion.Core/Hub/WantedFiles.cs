using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Text;
using Messages = Microsoft.ML.Diffusion.Checkpoints.Messages;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>
/// Chooses the files that a model needs: its configuration, one form of its weights (safetensors where there are any), the tokenizer's
/// files, and the folders of a sentence-transformers model. Everything else, such as other frameworks' weights, stays on the hub.
/// </summary>
internal static class WantedFiles
{
    private const string AdapterName = "adapter_config.json", ModulesName = "modules.json";

    private static readonly string[] s_sentenceTransformers = [ModulesName, "config_sentence_transformers.json"];

    private static readonly (string Whole, string Index, string ShardStart, string ShardEnd)[] s_weights =
    [
        (ModelFiles.WeightsName, ModelFiles.WeightsIndexName, "model-", ".safetensors"),
        (ModelFiles.TorchWeightsName, ModelFiles.TorchWeightsIndexName, "pytorch_model-", ".bin"),
    ];

    /// <summary>The wanted files of a repository, in ordinal order.</summary>
    /// <exception cref="HubException">The repository does not have a model that is read here.</exception>
    public static string[] Choose(Repository repository)
    {
        var all = new HashSet<string>(repository.Files.Where(HubNames.IsSafePath), StringComparer.Ordinal);
        if (all.Contains(AdapterName))
        {
            throw Refuse(
                $"has an adapter ('{AdapterName}', as PEFT saves it), which changes another model", "Merge the two first, in Python " +
                "(merge_and_unload), and name the merged model's directory.");
        }
        bool isSentenceTransformer = all.Contains(ModulesName);
        string[] folders =
        [
            "", .. all.Where(_ => isSentenceTransformer).Select(FolderOf).Where(IsModule).Distinct().Order(StringComparer.Ordinal)
        ];
        string[] wanted =
        [
            .. folders.SelectMany(folder => ChooseIn(folder, all)).Concat(s_sentenceTransformers.Where(all.Contains))
                .Order(StringComparer.Ordinal)
        ];
        if (!folders.Any(folder => all.Contains(folder + ModelFiles.ConfigurationName)))
            throw Refuse($"has no '{ModelFiles.ConfigurationName}'", "Choose a model in the format of Transformers.");
        if (!wanted.Any(IsWeights))
        {
            throw Refuse(
                $"has neither '{ModelFiles.WeightsName}' nor '{ModelFiles.TorchWeightsName}'",
                "Choose another revision, or convert its weights to safetensors in Python.");
        }
        if (!wanted.Any(file => IsTokenizer(NameOf(file))))
            throw Refuse("has no tokenizer", "Choose the model that it was made from, or another revision.");
        return wanted;

        HubException Refuse(string fault, string advice)
        {
            string[] some = [.. repository.Files.Where(file => !file.Contains('/')).Order(StringComparer.Ordinal).Take(12)];
            return new HubException(
                $"The repository '{repository.Name}' {fault}; it has {string.Join(", ", some.Select(file => Messages.Quote(file)))}" +
                $"{(repository.Files.Count > some.Length ? ", …" : "")}. Expected an encoder: {ModelFiles.ConfigurationName}, " +
                $"{ModelFiles.WeightsName} or {ModelFiles.TorchWeightsName}, and a tokenizer. {advice}");
        }
    }

    /// <summary>Whether a file belongs to a model, by its name without folders.</summary>
    public static bool IsOfModel(string name) =>
        name == ModelFiles.ConfigurationName || IsWeights(name) || TokenizerFiles.IsKnown(name) || s_sentenceTransformers.Contains(name);

    /// <summary>
    /// The rank of a file when files take their names: what says that the directory has a model comes last, so a process that is killed in
    /// between leaves no directory that looks complete.
    /// </summary>
    public static int RankOf(string path) => NameOf(path) is ModelFiles.ConfigurationName or ModulesName ? 2 : IsWeights(path) ? 1 : 0;

    /// <summary>What a directory lacks to be a model, or null. Files beside these may still be absent.</summary>
    public static string? FindMissing(string directory)
    {
        string[] folders =
        [
            directory, .. File.Exists(Path.Combine(directory, ModulesName))
                ? Directory.EnumerateDirectories(directory).Where(folder => IsModule(Path.GetFileName(folder) + "/")) : []
        ];
        string? model = folders.FirstOrDefault(folder =>
            Has(folder, ModelFiles.ConfigurationName) && s_weights.Any(kind => Has(folder, kind.Whole) || Has(folder, kind.Index)));
        if (model is null)
            return $"'{ModelFiles.ConfigurationName}' or the weights";
        if (!Directory.EnumerateFiles(model).Any(file => IsTokenizer(Path.GetFileName(file)) && File.Exists(file)))
            return "the tokenizer's files";
        foreach (var kind in s_weights)
        {
            if (Has(model, kind.Whole))
                return null;
            if (Has(model, kind.Index))
                return ShardIndex.Read(Path.Combine(model, kind.Index)).FirstOrDefault(shard => !Has(model, shard)) is string shard
                    ? Messages.Quote(shard) : null;
        }
        return null;

        static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));
    }

    private static List<string> ChooseIn(string folder, HashSet<string> all)
    {
        List<string> wanted = [.. all.Where(file => FolderOf(file) == folder && IsSmall(NameOf(file)))];
        foreach ((string whole, string index, string start, string end) in s_weights)
        {
            if (all.Contains(folder + whole))
                return [.. wanted, folder + whole];
            if (all.Contains(folder + index))
                return [.. wanted, folder + index, .. all.Where(file => FolderOf(file) == folder && IsShard(NameOf(file), start, end))];
        }
        return wanted;
    }

    /// <summary>Whether a file is the configuration or the tokenizer's.</summary>
    private static bool IsSmall(string name) =>
        name == ModelFiles.ConfigurationName || TokenizerFiles.IsKnown(name) || TokenizerFiles.IsSentencePiece(name) ||
            TokenizerFiles.SentenceConfigurations.Contains(name);

    /// <summary>Whether a file has a vocabulary, and not only options of a tokenizer.</summary>
    private static bool IsTokenizer(string name) =>
        TokenizerFiles.IsSentencePiece(name) || TokenizerFiles.IsKnown(name) && name is not (TokenizerFiles.TokenizerConfig
            or TokenizerFiles.SpecialTokensMap or TokenizerFiles.AddedTokens or TokenizerFiles.MergesTxt);

    private static bool IsWeights(string path)
    {
        string name = NameOf(path);
        return s_weights.Any(kind => name == kind.Whole || name == kind.Index || IsShard(name, kind.ShardStart, kind.ShardEnd));
    }

    /// <summary>Whether a file is a shard by its name, such as model-00001-of-00002.safetensors.</summary>
    private static bool IsShard(string name, string start, string end) =>
        name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal) &&
            name[start.Length..^end.Length].Split("-of-") is [{ Length: > 0 } shard, { Length: > 0 } shards] &&
            shard.All(char.IsAsciiDigit) && shards.All(char.IsAsciiDigit);

    /// <summary>Whether a folder with its slash is a module of sentence-transformers: 0_Transformer, 1_Pooling.</summary>
    private static bool IsModule(string folder)
    {
        int digits = folder.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits > 0 && folder[digits] == '_' && folder.IndexOf('/', StringComparison.Ordinal) == folder.Length - 1;
    }

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
