namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The named tensors of a checkpoint, read as float32 whatever their stored type: one file (<see cref="SafeTensorsReader"/>,
/// <see cref="Torch.TorchCheckpointReader"/>) or several shards (<see cref="CheckpointTensors"/>). Thread-safe for reading.
/// </summary>
internal abstract class TensorSource : IDisposable
{
    /// <summary>The source of the tensors, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>The tensors by name.</summary>
    public abstract IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The checkpoint's metadata: often <c>format</c> = <c>pt</c>.</summary>
    /// <exception cref="CheckpointException">A key occurs twice.</exception>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => Entries.ContainsKey(name);

    /// <summary>The entry of a required tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor; the message lists similar names.</exception>
    public TensorEntry Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Entries.TryGetValue(name, out TensorEntry? entry) ? entry : throw Missing(name);
    }

    /// <summary>The entry of a required tensor with a given shape and a readable element type.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, its shape is different, or its element type cannot be
    /// read.</exception>
    public TensorEntry Require(string name, params ReadOnlySpan<long> shape)
    {
        TensorEntry entry = Require(name);
        RequireReadable(entry);
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new CheckpointException(
                $"'{Name}': tensor {Messages.Quote(name)} has shape {Messages.Shape(entry.Shape)}; expected {Messages.Shape(shape)}. " +
                "The checkpoint and its configuration disagree: use the config.json that was saved with these weights.");
        }
        return entry;
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As many floats as the tensor has elements, filled row by row.</param>
    /// <exception cref="CheckpointException">There is no such tensor, its size is different, or its element type cannot be
    /// read.</exception>
    public void Read(string name, Span<float> destination)
    {
        TensorEntry entry = Require(name);
        RequireReadable(entry);
        if (entry.ElementCount != destination.Length)
        {
            throw new CheckpointException(
                $"'{Name}': tensor {Messages.Quote(name)} has {entry.ElementCount:N0} elements, shape {Messages.Shape(entry.Shape)}; " +
                    $"expected {destination.Length:N0} elements. " +
                "The checkpoint and its configuration disagree: use the config.json that was saved with these weights.");
        }
        ReadElements(entry, 0, destination);
    }

    /// <summary>Reads a run of a tensor's elements, counted in row-major order.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first element.</param>
    /// <param name="destination">The elements to fill.</param>
    /// <exception cref="CheckpointException">There is no such tensor, it ends before the run does, or its
    /// element type cannot be read.</exception>
    public void Read(string name, long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        TensorEntry entry = Require(name);
        RequireReadable(entry);
        if (start > entry.ElementCount - destination.Length)
        {
            throw new CheckpointException(
                $"'{Name}': tensor {Messages.Quote(name)} has {entry.ElementCount:N0} elements, shape {Messages.Shape(entry.Shape)}; " +
                    $"expected elements from {start:N0}, {destination.Length:N0} of them. " +
                "The checkpoint and its configuration disagree: use the config.json that was saved with these weights.");
        }
        ReadElements(entry, start, destination);
    }

    /// <summary>Reads a whole tensor into an array of its own.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, its shape is not <paramref name="shape"/>, or its
    /// element type cannot be read.</exception>
    public float[] ReadArray(string name, params ReadOnlySpan<long> shape)
    {
        TensorEntry entry = Require(name, shape);
        if (entry.ElementCount > Array.MaxLength)
            throw new CheckpointException(
                $"'{Name}': tensor {Messages.Quote(name)} has {entry.ElementCount:N0} elements, more than an array holds; expected at " +
                $"most {Array.MaxLength:N0}. Read it in parts.");
        float[] elements = GC.AllocateUninitializedArray<float>((int)entry.ElementCount);
        ReadElements(entry, 0, elements);
        return elements;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Reads elements of an entry of this source; the range and the element type are already checked.</summary>
    internal abstract void ReadElements(TensorEntry entry, long start, Span<float> destination);

    private void RequireReadable(TensorEntry entry)
    {
        if (!entry.Type.IsReadable)
        {
            throw new CheckpointException(
                $"'{Name}': tensor {Messages.Quote(entry.Name)} has element type {entry.StoredTypeName}, which is not supported; expected " +
                    "F32, F16, BF16 or F64. " +
                "Save the model again as float32, float16 or bfloat16.");
        }
    }

    private CheckpointException Missing(string name)
    {
        // A missing or an extra prefix ("bert.", "model.") is the most common cause: list the names with the same ending.
        string tail = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        string[] similar =
            [.. Entries.Keys.Where(key => key.EndsWith(tail, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(3)];
        string found = Entries.Count == 0 ? "it holds no tensors"
            : similar.Length > 0 ? "similar names in it: " + string.Join(", ", similar.Select(key => Messages.Quote(key)))
            : $"it holds {Entries.Count:N0} tensors, among them " +
                string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal).Take(3).Select(key => Messages.Quote(key)));
        string? wrapped = Entries.Keys.Where(key => key.EndsWith("." + name, StringComparison.Ordinal)).Min(StringComparer.Ordinal);
        string remedy = wrapped is null ? "Check that config.json names the architecture of these weights."
            : $"A prefix such as {Messages.Quote(wrapped.AsSpan()[..^name.Length])} is removed only if every tensor has it, and some " +
                "do not. Save the model without its wrapper, or rename the tensors.";
        return new CheckpointException($"'{Name}' has no tensor {Messages.Quote(name)}, which was expected; {found}. {remedy}");
    }
}
