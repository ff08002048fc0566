using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Checkpoints.Torch;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The files of one model, laid out as a Hugging Face directory: <c>config.json</c>, <c>model.safetensors</c> (or
/// <c>pytorch_model.bin</c>; either may be an index and shards) and the tokenizer's files. They lie in a directory, in an assembly's
/// resources, or in memory.
/// </summary>
public abstract class ModelFiles
{
    /// <summary><c>config.json</c>.</summary>
    public const string ConfigurationName = "config.json";

    /// <summary><c>model.safetensors</c>.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary><c>model.safetensors.index.json</c>.</summary>
    public const string WeightsIndexName = "model.safetensors.index.json";

    /// <summary>What <c>torch.save</c> writes; read where there is no <see cref="WeightsName"/>.</summary>
    internal const string TorchWeightsName = "pytorch_model.bin";

    internal const string TorchWeightsIndexName = "pytorch_model.bin.index.json";

    private static readonly (string Name, string Option)[] s_otherWeights =
        [("tf_model.h5", "from_tf=True"), ("flax_model.msgpack", "from_flax=True"), ("model.ckpt.index", "from_tf=True")];

    private ReadConfiguration? _configuration; // immutable: two threads at once would read it twice

    /// <summary>Where the files are, as messages say it.</summary>
    public abstract string Description { get; }

    /// <summary>The names of the files.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>
    /// The files of a directory on disk; those in folders below it are not seen. Where a writer was killed while it put new files in
    /// their places, that is ended first.
    /// </summary>
    /// <exception cref="CheckpointException">There is no such directory.</exception>
    public static ModelFiles FromDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            string found = File.Exists(path) ? "is a file" : "does not exist";
            throw new CheckpointException($"'{path}' {found}; expected a model directory with {ConfigurationName}, {WeightsName} and the tokenizer's files. Check the path; nothing is downloaded.");
        }
        return new OnDisk(path);
    }

    /// <summary>The resources of an assembly whose names begin with a prefix, which is taken off: <c>Models.Small.</c>.</summary>
    /// <exception cref="CheckpointException">The assembly has no such resources.</exception>
    internal static ModelFiles FromResources(Assembly assembly, string prefix)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(prefix);
        string[] names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        if (names.Length == 0)
            throw new CheckpointException($"The assembly '{assembly.GetName().Name}' has no resource named '{prefix}…'; expected a model's files. Check the assembly and the prefix.");
        return new FromStreamsFiles(names, name => assembly.GetManifestResourceStream(prefix + name)!, null, $"the resources '{prefix}' of '{assembly.GetName().Name}'");
    }

    /// <summary>
    /// Reads <c>model.safetensors</c> to memory from a stream that seeks, from where the stream stands to its end. The header is checked
    /// whole first, so that nothing is allocated but for what it says and the stream holds.
    /// </summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="name">What messages call the file.</param>
    /// <returns>The file's bytes, for <see cref="FromMemory"/>.</returns>
    /// <exception cref="CheckpointException">
    /// It is no whole safetensors file, its header has more than 16 MiB, or it is too long for memory in one piece.
    /// </exception>
    public static byte[] ReadWeights(Stream stream, string name) => SafeTensorsReader.ReadToMemory(stream, name);

    /// <summary>Files in memory, which must not change.</summary>
    /// <param name="files">Contents by name.</param>
    /// <param name="description">Where they are from, as messages say it.</param>
    public static ModelFiles FromMemory(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string description)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentException.ThrowIfNullOrEmpty(description);
        return new InMemory(files, description);
    }

    /// <summary>Files that streams give, such as the entries of a zip; each is opened, and read to memory, when it is asked for.</summary>
    /// <param name="names">The files' names.</param>
    /// <param name="open">Opens one of them anew.</param>
    /// <param name="description">Where they are from, as messages say it.</param>
    /// <param name="maximumLength">The most bytes that one may have; null stands for the longest array, about 2 GiB.</param>
    public static ModelFiles FromStreams(IEnumerable<string> names, Func<string, Stream> open, string description, long? maximumLength = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentException.ThrowIfNullOrEmpty(description);
        return new FromStreamsFiles([.. names], open, maximumLength, description);
    }

    /// <summary>Whether there is a file of this name, or a directory or device, which cannot be opened.</summary>
    internal abstract bool Exists(string name);

    /// <summary>Opens a file, or gives null where there is none. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file is there and cannot be read.</exception>
    internal ModelFile? TryOpen(string name) => Exists(name) ? OpenExisting(name) : null;

    /// <summary>Opens a file that must be there. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file is absent or cannot be read.</exception>
    public ModelFile Open(string name) => TryOpen(name)
        ?? throw new CheckpointException($"There is no {Messages.Quote(name)} in {Description}, which holds {ListNames()}; expected a whole model directory. Copy or download the missing file.");

    /// <summary>Reads a JSON file that must be there; <c>config.json</c> once, until it is replaced.</summary>
    /// <exception cref="CheckpointException">The file is absent or not a sound JSON object.</exception>
    public ConfigurationJson OpenConfiguration(string name = ConfigurationName)
    {
        if (name != ConfigurationName)
            return Read();
        (DateTime, long) version = VersionOf(name);
        if (_configuration is not { } known || known.Version != version)
            _configuration = known = new(version, Read());
        return known.Json;

        ConfigurationJson Read()
        {
            using ModelFile file = Open(name);
            return ConfigurationJson.Read(file);
        }
    }

    /// <summary>
    /// Opens the weights: <c>model.safetensors</c> if it is there, else the shards of <c>model.safetensors.index.json</c>, else
    /// <c>pytorch_model.bin</c>, else the shards of <c>pytorch_model.bin.index.json</c>.
    /// </summary>
    /// <exception cref="CheckpointException">There are none, they are of another format, or they are damaged.</exception>
    internal TensorSource OpenTensors()
    {
        if (TryOpen(WeightsName) is ModelFile weights)
            return SafeTensorsReader.Open(weights);
        if (Exists(WeightsIndexName))
            return CheckpointTensors.Open(this, WeightsIndexName, SafeTensorsReader.Open);
        if (TryOpen(TorchWeightsName) is ModelFile torchWeights)
            return TorchCheckpointReader.Open(torchWeights);
        if (Exists(TorchWeightsIndexName))
            return CheckpointTensors.Open(this, TorchWeightsIndexName, TorchCheckpointReader.Open);
        foreach ((string other, string option) in s_otherWeights)
        {
            if (Exists(other))
            {
                // The class of another head would lose the file's own, and begin with a random one.
                throw new CheckpointException(
                    $"There is no '{WeightsName}' in {Description}; it has '{other}', which belongs to another framework and is not " +
                    "read. Expected safetensors: convert it once, in Python, " +
                    "with the class that config.json names under \"architectures\": <class>.from_pretrained(\"<directory>\", " +
                    $"{option}).save_pretrained(\"<new directory>\", safe_serialization=True).");
            }
        }
        throw new CheckpointException($"There is no '{WeightsName}', '{WeightsIndexName}' or '{TorchWeightsName}' in {Description}, " +
            $"which holds {ListNames()}; expected the weights of a model. Copy or download them.");
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    /// <summary>
    /// The weights in a directory that one <see cref="WeightsName"/> takes the place of: shards and their index, as <c>save_pretrained</c>
    /// removes them too.
    /// </summary>
    internal static IEnumerable<string> Shards(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileName(file);
            if (name == WeightsIndexName || Regex.IsMatch(name, @"^model-\d{5}-of-\d{5}\.safetensors$"))
                yield return name;
        }
    }

    /// <summary>Whether a name is that of a file, and not a path that could lead elsewhere.</summary>
    internal static bool IsSimpleName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;

    private protected abstract ModelFile OpenExisting(string name);

    /// <summary>What another file of the name would differ in; always the same where files cannot be replaced.</summary>
    private protected virtual (DateTime Written, long Length) VersionOf(string name) => default;

    private string ListNames()
    {
        string[] names = [.. Names.Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "no files" : string.Join(", ", names.Take(12).Select(name => Messages.Quote(name))) + (names.Length > 12 ? ", …" : "");
    }

    private sealed record ReadConfiguration((DateTime, long) Version, ConfigurationJson Json);

    private sealed class OnDisk(string directory) : ModelFiles
    {
        public override string Description => $"'{directory}'";

        public override IReadOnlyCollection<string> Names => [.. Directory.EnumerateFiles(Whole()).Select(file => Path.GetFileName(file))];

        internal override bool Exists(string name) => IsSimpleName(name) && InputFile.Exists(Path.Combine(Whole(), name));

        private protected override ModelFile OpenExisting(string name) => ModelFile.Open(Path.Combine(Whole(), name));

        private protected override (DateTime Written, long Length) VersionOf(string name)
        {
            var file = new FileInfo(Path.Combine(Whole(), name));
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        }

        /// <summary>The directory, after a writing that was interrupted amid its renames was ended.</summary>
        private string Whole()
        {
            AtomicDirectory.Complete(directory);
            return directory;
        }
    }

    private sealed class InMemory(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string description) : ModelFiles
    {
        public override string Description => description;

        public override IReadOnlyCollection<string> Names => [.. files.Keys];

        internal override bool Exists(string name) => files.ContainsKey(name);

        private protected override ModelFile OpenExisting(string name) => ModelFile.FromMemory(files[name], $"{name} in {description}");
    }

    private sealed class FromStreamsFiles(string[] names, Func<string, Stream> open, long? maximumLength, string description) : ModelFiles
    {
        private readonly HashSet<string> _names = new(names, StringComparer.Ordinal);

        public override string Description => description;

        public override IReadOnlyCollection<string> Names => _names;

        internal override bool Exists(string name) => _names.Contains(name);

        private protected override ModelFile OpenExisting(string name) => ModelFile.FromStream(open(name), $"{name} in {description}", maximumLength);
    }
}
