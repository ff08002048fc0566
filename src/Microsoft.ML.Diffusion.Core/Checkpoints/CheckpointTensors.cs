using System.Collections.ObjectModel;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The tensors of a checkpoint in several files (shards), as one source. An index, such as <c>model.safetensors.index.json</c>, gives the
/// file of each tensor: <c>{"weight_map": {"tensor": "model-00001-of-00002.safetensors", …}}</c>. A tensor in a shard that the index does
/// not name is ignored, as in Hugging Face's loader.
/// </summary>
internal sealed class CheckpointTensors : TensorSource
{
    private const int MaximumIndexBytes = 64 << 20;

    private readonly Dictionary<string, TensorSource> _readers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorSource> _shardOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private CheckpointTensors(string name)
    {
        Name = name;
        Entries = new ReadOnlyDictionary<string, TensorEntry>(_entries);
        Metadata = new ReadOnlyDictionary<string, string>(_metadata);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The shards' metadata; if several shards have a key, the first shard's value.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens an index and its shards.</summary>
    /// <param name="files">The model's files.</param>
    /// <param name="indexName">The name of the index.</param>
    /// <param name="open">Opens a shard, and owns it.</param>
    /// <exception cref="CheckpointException">The index or a shard is absent or damaged, or they contradict each other.</exception>
    public static CheckpointTensors Open(ModelFiles files, string indexName, Func<ModelFile, TensorSource> open)
    {
        ArgumentNullException.ThrowIfNull(files);
        using ModelFile index = files.Open(indexName);
        ConfigurationJson map = ConfigurationJson.Read(index, MaximumIndexBytes, maximumValues: 1 << 20).Section("weight_map");
        var tensors = new CheckpointTensors(index.Name);
        try
        {
            tensors.Load(files, map, open);
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (TensorSource reader in _readers.Values)
            reader.Dispose();
    }

    internal override void ReadElements(TensorEntry entry, long start, Span<float> destination) =>
        _shardOf[entry.Name].ReadElements(entry, start, destination);

    private void Load(ModelFiles files, ConfigurationJson map, Func<ModelFile, TensorSource> open)
    {
        foreach (string tensor in map.PropertyNames)
        {
            string shard = map.String(tensor);
            if (!_readers.TryGetValue(shard, out TensorSource? reader))
            {
                if (!ModelFiles.IsSimpleName(shard))
                    throw new CheckpointException(
                        $"'{Name}': the shard of {Messages.Quote(tensor)} is {Messages.Quote(shard)}; expected the name of a file in the " +
                        "same directory. Download the index again.");
                ModelFile file = files.TryOpen(shard)
                    ?? throw new CheckpointException(
                        $"'{Name}' names the shard {Messages.Quote(shard)}, which is missing from {files.Description}; expected every " +
                        "shard beside the index. Download the missing files.");
                reader = open(file);
                _readers.Add(shard, reader);
            }
            if (!reader.Entries.TryGetValue(tensor, out TensorEntry? entry))
                throw new CheckpointException(
                    $"'{Name}': tensor {Messages.Quote(tensor)} is not in {Messages.Quote(shard)}, where the index says it is. The index " +
                    "and the shards belong to different checkpoints: download all of them again.");
            _entries.Add(tensor, entry);
            _shardOf.Add(tensor, reader);
        }
        foreach (TensorSource reader in _readers.Values)
        {
            foreach ((string key, string value) in reader.Metadata)
                _metadata.TryAdd(key, value);
        }
    }
}
