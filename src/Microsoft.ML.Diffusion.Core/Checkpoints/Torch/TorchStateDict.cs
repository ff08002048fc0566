namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// The named tensors in a file of <c>torch.save</c>: a model's state_dict, or a training program's table that has one among its entries.
/// Every tensor is checked against the file here, before any of it is read. Entries that are not tensors are ignored, except unknown
/// objects, which may be tensors.
/// </summary>
internal sealed class TorchStateDict
{
    private const int EntryBytes = 160;
    private const int LookupBytes = 64;

    /// <summary>The names under which programs keep a state_dict: PyTorch Lightning, tutorials, trainers, DeepSpeed.</summary>
    private static readonly string[] s_wrappers = ["state_dict", "model_state_dict", "model", "module"];

    private readonly ModelFile _file;
    private readonly Func<string, ByteRange?> _locate;
    private readonly MemoryBudget _budget;
    private long _bytesLeft;

    private TorchStateDict(ModelFile file, Func<string, ByteRange?> locate, MemoryBudget budget)
    {
        _budget = budget;
        _file = file;
        _locate = locate;
        // Tensors may share bytes, as tied ones do. Their total size is still bounded, as a model holds each separately.
        _bytesLeft = 2 * file.Length;
    }

    /// <summary>The tensors by name, checked.</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">The object of its pickle, and the positions of its storages.</param>
    /// <param name="budget">The memory that may be taken.</param>
    /// <exception cref="CheckpointException">There is no table of tensors, or one does not fit the file.</exception>
    public static Dictionary<string, TensorEntry> Read(ModelFile file, TorchContent content, MemoryBudget budget)
    {
        PickledTable table = Find(file, content.Value);
        int count = table.Items.Count(item => item.Value is TorchTensor);
        budget.Take((long)count * EntryBytes);
        var entries = new Dictionary<string, TensorEntry>(count, StringComparer.Ordinal);
        var state = new TorchStateDict(file, content.Locate, budget);
        foreach ((object? key, object? value) in table.Items)
        {
            if (value is UnknownObject unknown)
                throw unknown.Refuse(file.Name);
            if (value is not TorchTensor tensor)
                continue;
            if (key is not string { Length: <= SafeTensorsHeader.MaximumNameBytes } name)
                throw new CheckpointException($"'{file.Name}' has a tensor without a name, or with one of more than " +
                    $"{SafeTensorsHeader.MaximumNameBytes:N0} characters; expected a state_dict. {Messages.Again}");
            if (!entries.TryAdd(name, state.Check(name, tensor)))
                throw state.Bad(name, "occurs twice; expected each name once");
        }
        return entries;
    }

    private static PickledTable Find(ModelFile file, object? value)
    {
        if (value is PickledTable table)
        {
            if (HasTensors(table))
                return table;
            foreach (string wrapper in s_wrappers)
            {
                if (table.Items.Find(item => item.Key is string key && key == wrapper).Value is PickledTable inner && HasTensors(inner))
                    return inner;
            }
        }
        if (FindUnknown(value) is UnknownObject unknown)
            throw unknown.Refuse(file.Name);
        string found = value is not PickledTable outer ? "something else than a table"
            : outer.Items.Count == 0 ? "an empty table"
            : "a table with the entries "
                + string.Join(", ", outer.Items.Take(8).Select(item => item.Key is string key ? Messages.Quote(key) : "(no text)"));
        throw new CheckpointException($"'{file.Name}' holds {found}; expected tensors by name, at its top or under " +
            $"{string.Join(", ", s_wrappers)}. Save the model's state_dict() by itself.");
    }

    /// <summary>The unknown object that may stand for the table of tensors, or for one of them.</summary>
    private static UnknownObject? FindUnknown(object? value)
    {
        if (value is not PickledTable table)
            return value as UnknownObject;
        bool hasOtherTensors = table.Items.Exists(item => item.Value is PickledTable inner && HasTensors(inner));
        foreach ((object? key, object? item) in table.Items)
        {
            bool isWrapper = key is string name && s_wrappers.Contains(name);
            if (item is UnknownObject unknown && (isWrapper || !hasOtherTensors))
                return unknown;
            if (isWrapper && item is PickledTable wrapped
                && wrapped.Items.Find(entry => entry.Value is UnknownObject).Value is UnknownObject nested)
            {
                return nested;
            }
        }
        return null;
    }

    private static bool HasTensors(PickledTable table) => table.Items.Exists(item => item.Value is TorchTensor);

    private TensorEntry Check(string name, TorchTensor tensor)
    {
        int size = tensor.Type.Bits / 8;
        TorchStorage storage = tensor.Storage;
        _budget.Take(LookupBytes + 2L * storage.Key.Length);
        if (storage.Key.Length > SafeTensorsHeader.MaximumNameBytes || _locate(storage.Key) is not ByteRange range)
            throw Bad(name, $"lies in storage {Messages.Quote(storage.Key)}, which the file lacks");
        int storedSize = storage.Type?.Bits / 8 ?? 1;
        if (storage.Count != range.Length / storedSize || range.Length % storedSize != 0)
            throw Bad(name, $"lies in storage {Messages.Quote(storage.Key)} of {storage.Count:N0} elements of {storedSize} bytes; the " +
                $"file holds {range.Length:N0} bytes of it");

        long held = range.Length / size, count = 1, last = tensor.Offset;
        try
        {
            foreach (long dimension in tensor.Shape)
                count = checked(count * dimension);
            for (int i = 0; i < tensor.Shape.Length && count > 0; i++)
                last = checked(last + (tensor.Shape[i] - 1) * tensor.Strides[i]);
        }
        catch (OverflowException exception)
        {
            throw new CheckpointException($"'{_file.Name}': tensor {Messages.Quote(name)} has shape {Messages.Shape(tensor.Shape)} and " +
                $"strides {Messages.Shape(tensor.Strides)}, whose product overflows; expected a view of the {held:N0} elements of its " +
                $"storage. {Messages.Again}", exception);
        }
        if (tensor.Offset < 0 || (count > 0 && last >= held))
            throw Bad(name, $"has shape {Messages.Shape(tensor.Shape)}, strides {Messages.Shape(tensor.Strides)} and begins at element " +
                $"{tensor.Offset:N0}; expected a view of the {held:N0} elements of its storage");
        if (count > held)
            throw new CheckpointException($"'{_file.Name}': tensor {Messages.Quote(name)} has shape {Messages.Shape(tensor.Shape)} and " +
                $"{held:N0} elements, as it repeats them; expected all elements to be stored. Save tensor.contiguous() instead of an " +
                "expanded tensor.");
        if ((_bytesLeft -= count * size) < 0)
            throw new CheckpointException($"'{_file.Name}': up to {Messages.Quote(name)}, its tensors have more than twice the file's " +
                $"{_file.Length:N0} bytes, as they share them; expected few that are tied. Save each tensor once, or use " +
                "model.safetensors.");
        long start = range.Start + (count > 0 ? tensor.Offset * size : 0);
        long[]? strides = count > 0 && !IsContiguous(tensor) ? tensor.Strides : null;
        return new TensorEntry(name, tensor.Type, tensor.Shape, count, start, count > 0 ? range.Start + (last + 1) * size : start, strides);
    }

    private static bool IsContiguous(TorchTensor tensor)
    {
        long expected = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected)
                return false;
            expected *= tensor.Shape[i];
        }
        return true;
    }

    private CheckpointException Bad(string name, string what) => new($"'{_file.Name}': tensor {Messages.Quote(name)} {what}. " +
        $"{Messages.Again}");
}
