using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Checkpoints.Torch;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The files of one model in the layout of a Hugging Face directory: <c>config.json</c>, <c>model.safetensors</c> (or
/// <c>pytorch_model.bin</c>; either may be an index and shards) and the tokenizer's files. They are in a directory, in an assembly's
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

    /// <summary>The file of <c>torch.save</c>, which is read if there is no <see cref="WeightsName"/>.</summary>
    internal const string TorchWeightsName = "pytorch_model.bin";

    internal const string TorchWeightsIndexName = "pytorch_model.bin.index.json";

    private const string OnnxExtension = ".onnx";

    private static readonly (string Name, string Option)[] s_otherWeights =
        [("tf_model.h5", "from_tf=True"), ("flax_model.msgpack", "from_flax=True"), ("model.ckpt.index", "from_tf=True")];

    private ReadConfiguration? _configuration; // immutable; two concurrent threads may both read it

    /// <summary>The location of the files, for messages.</summary>
    public abstract string Description { get; }

    /// <summary>The names of the files.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>
    /// The files of a directory on disk, without its subdirectories. A sentence-transformers directory
    /// and one of the hub's cache are followed to the folder that contains the model. If a writer was killed while it moved new
    /// files into place, that is completed first.
    /// </summary>
    /// <exception cref="CheckpointException">There is no such directory, or it names a folder that does not exist.</exception>
    public static ModelFiles FromDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            string found = File.Exists(path) ? "is a file" : "does not exist";
            throw new CheckpointException(
                $"'{path}' {found}; expected a model directory with {ConfigurationName}, {WeightsName} and the tokenizer's files. Check " +
                "the path; nothing is downloaded here, but EncoderModel.Download takes the name of a model on the hub.");
        }
        return new OnDisk(ModelFolder.Follow(path));
    }

    /// <summary>The resources of an assembly whose names begin with a prefix, which is removed: <c>Models.Small.</c>.</summary>
    /// <exception cref="CheckpointException">The assembly has no such resources.</exception>
    internal static ModelFiles FromResources(Assembly assembly, string prefix, string? description = null)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(prefix);
        string[] names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..])];
        if (names.Length == 0)
            throw new CheckpointException(
                $"The assembly '{assembly.GetName().Name}' has no resource named '{prefix}…'; expected a model's files. Check the " +
                "assembly and the prefix.");
        return new FromStreamsFiles(names, name => assembly.GetManifestResourceStream(prefix + name)!, null,
            description ?? $"the resources '{prefix}' of '{assembly.GetName().Name}'");
    }

    /// <summary>
    /// Reads <c>model.safetensors</c> to memory from a seekable stream, from its current position to its end. The whole header is checked
    /// first, so that no more is allocated than the header claims and the stream contains.
    /// </summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <returns>The file's bytes, for <see cref="FromMemory"/>.</returns>
    /// <exception cref="CheckpointException">
    /// The stream is not a complete safetensors file, its header has more than 16 MiB, or it is too long for one array.
    /// </exception>
    public static byte[] ReadWeights(Stream stream, string name) => SafeTensorsReader.ReadToMemory(stream, name);

    /// <summary>Files in memory, which must not change.</summary>
    /// <param name="files">Contents by name.</param>
    /// <param name="description">The location of the files, for messages.</param>
    public static ModelFiles FromMemory(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string description)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentException.ThrowIfNullOrEmpty(description);
        return new InMemory(files, description);
    }

    /// <summary>Files from streams, such as the entries of a zip; each is opened, and read to memory, when it is needed.</summary>
    /// <param name="names">The files' names.</param>
    /// <param name="open">Opens one of them, with a new stream at each call.</param>
    /// <param name="description">The location of the files, for messages.</param>
    /// <param name="maximumLength">The most bytes of one file; null for the longest array, about 2 GiB.</param>
    public static ModelFiles FromStreams(IEnumerable<string> names, Func<string, Stream> open, string description,
        long? maximumLength = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentException.ThrowIfNullOrEmpty(description);
        return new FromStreamsFiles([.. names], open, maximumLength, description);
    }

    /// <summary>Whether there is a file of this name, or a directory or device, which cannot be opened.</summary>
    internal abstract bool Exists(string name);

    /// <summary>Opens a file, or returns null if there is none. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file exists but cannot be read.</exception>
    internal ModelFile? TryOpen(string name) => Exists(name) ? OpenExisting(name) : null;

    /// <summary>Opens a required file. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file is absent or cannot be read.</exception>
    public ModelFile Open(string name) => TryOpen(name) ?? throw new CheckpointException(
        $"There is no {Messages.Quote(name)} in {Description}, which contains {ListNames()}; expected a complete model directory. " +
            $"{Explain() ?? "Copy or download the missing file."}");

    /// <summary>Reads a required JSON file; <c>config.json</c> is cached until it is replaced.</summary>
    /// <exception cref="CheckpointException">The file is absent or not a valid JSON object.</exception>
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
    /// Opens the weights: <c>model.safetensors</c> if it exists, otherwise the shards of <c>model.safetensors.index.json</c>, otherwise
    /// <c>pytorch_model.bin</c>, otherwise the shards of <c>pytorch_model.bin.index.json</c>.
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
                // The class of another head would lose the file's own head and start with a random one.
                throw new CheckpointException(
                    $"There is no '{WeightsName}' in {Description}; it has '{other}', which belongs to another framework and is not " +
                    "read. Expected safetensors: convert it once, in Python, " +
                    "with the class that config.json names under \"architectures\": <class>.from_pretrained(\"<directory>\", " +
                    $"{option}).save_pretrained(\"<new directory>\", safe_serialization=True).");
            }
        }
        if (OnnxNames().Order(StringComparer.Ordinal).FirstOrDefault() is string onnx)
            throw new CheckpointException(
                $"There is no '{WeightsName}' in {Description}; it has '{onnx}', ONNX weights, which a directory is not read from. " +
                "Expected safetensors: call EncoderModel.FromOnnx of the package Diffusion.ML.Onnx with the ONNX file and this directory, " +
                $"or download '{WeightsName}' or '{TorchWeightsName}' of the same model.");
        throw new CheckpointException(
            $"There is no '{WeightsName}', '{WeightsIndexName}' or '{TorchWeightsName}' in {Description}, which contains {ListNames()}; " +
            "expected the weights of a model. Copy or download them.");
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    /// <summary>
    /// The weights in a directory that one <see cref="WeightsName"/> replaces: shards and their index, which <c>save_pretrained</c> also
    /// removes, and the files of <c>torch.save</c>, which would be another model beside the new one.
    /// </summary>
    internal static IEnumerable<string> OtherWeights(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileName(file);
            if (name is WeightsIndexName or TorchWeightsName or TorchWeightsIndexName
                || Regex.IsMatch(name, @"^(model-\d{5}-of-\d{5}\.safetensors|pytorch_model-\d{5}-of-\d{5}\.bin)$"))
            {
                yield return name;
            }
        }
    }

    /// <summary>Whether a name is a file name, and not a path that could lead elsewhere.</summary>
    internal static bool IsSimpleName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;

    private protected abstract ModelFile OpenExisting(string name);

    /// <summary>The part of an error message about a directory without a model: its content, and what to do; null if not known.</summary>
    private protected virtual string? Explain() => null;

    /// <summary>The values that change when a file is replaced; constant if files cannot be replaced.</summary>
    private protected virtual (DateTime Written, long Length) VersionOf(string name) => default;

    /// <summary>The names of ONNX files, which many models have in a folder of their own.</summary>
    private protected virtual IEnumerable<string> OnnxNames() =>
        Names.Where(name => name.EndsWith(OnnxExtension, StringComparison.Ordinal));

    private string ListNames()
    {
        string[] names = [.. Names.Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "no files"
            : string.Join(", ", names.Take(12).Select(name => Messages.Quote(name))) + (names.Length > 12 ? ", …" : "");
    }

    private sealed record ReadConfiguration((DateTime, long) Version, ConfigurationJson Json);

    private sealed class OnDisk(string directory) : ModelFiles
    {
        public override string Description => $"'{directory}'";

        public override IReadOnlyCollection<string> Names => [.. Directory.EnumerateFiles(Whole()).Select(file => Path.GetFileName(file))];

        internal override bool Exists(string name) => IsSimpleName(name) && InputFile.Exists(Path.Combine(Whole(), name));

        private protected override ModelFile OpenExisting(string name)
        {
            if (name == ConfigurationName)
                ModelFolder.RefuseAdapter(directory);
            return ModelFile.Open(Path.Combine(Whole(), name));
        }

        private protected override string? Explain() => ModelFolder.Explain(directory);

        private protected override (DateTime Written, long Length) VersionOf(string name)
        {
            var file = new FileInfo(Path.Combine(Whole(), name));
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        }

        private protected override IEnumerable<string> OnnxNames()
        {
            string folder = Path.Combine(directory, "onnx");
            return !Directory.Exists(folder) ? base.OnnxNames() : base.OnnxNames().Concat(
                Directory.EnumerateFiles(folder, "*" + OnnxExtension).Select(file => "onnx/" + Path.GetFileName(file)));
        }

        /// <summary>The directory, after an interrupted write has been completed.</summary>
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

        private protected override ModelFile OpenExisting(string name) =>
            ModelFile.FromStream(open(name), $"{name} in {description}", maximumLength);
    }
}
