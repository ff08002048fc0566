namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>Builds the objects of the known names: tables, shapes, storages and tensors, all of them plain data.</summary>
/// <param name="file">The file's name in messages.</param>
/// <param name="budget">The memory that may be taken.</param>
internal sealed class TorchObjects(string file, MemoryBudget budget)
{
    private const int ReferenceBytes = 8;
    private const int PairBytes = 16;
    private const int TableBytes = 56;
    private const int StorageBytes = 40;
    private const int TensorBytes = 56 + 2 * (24 + SafeTensorsHeader.MaximumRank * sizeof(long));

    /// <summary>All storages that were referred to, in order.</summary>
    public List<TorchStorage> Storages { get; } = [];

    public PickledTable NewTable()
    {
        budget.Take(TableBytes);
        return new PickledTable();
    }

    /// <summary>Adds keys and values, which take turns.</summary>
    public void Add(PickledTable table, ReadOnlySpan<object?> items)
    {
        budget.Reserve(table.Items, items.Length / 2, PairBytes);
        for (int i = 0; i < items.Length; i += 2)
            table.Items.Add(new(items[i], items[i + 1]));
    }

    /// <summary>The object that a known name makes of its arguments. If it needs an unknown one, the object is unknown too.</summary>
    /// <exception cref="CheckpointException">The name takes no arguments, or others.</exception>
    public object? Call(TorchGlobal global, object?[] arguments)
    {
        switch (global.Kind, arguments)
        {
            case (TorchGlobalKind.Table, []):
                return NewTable();
            case (TorchGlobalKind.Table, [List<object?> pairs]): // as Python 2 writes it
                return TableOf(pairs);
            case (TorchGlobalKind.Size, [object?[] size]):
                return size;
            case (TorchGlobalKind.Parameter, [TorchTensor tensor, _, _]):
                return tensor;
            case (TorchGlobalKind.ParameterWithState, [TorchTensor tensor, _, _, _]):
                return tensor;
            case (TorchGlobalKind.Tensor, [TorchStorage { Type: StoredType type } storage, long offset, object?[] shape, object?[] strides,
                _, _, ..]):
                return Tensor(storage, type, offset, shape, strides);
            case (TorchGlobalKind.TypedTensor, [TorchStorage storage, long offset, object?[] shape, object?[] strides, _, _,
                TorchGlobal { Kind: TorchGlobalKind.ElementType, Type: StoredType type }, ..]):
                return Tensor(storage, type, offset, shape, strides);
            case (_, var others) when Array.Find(others, argument => argument is UnknownObject) is object unknown:
                return unknown;
            default:
                throw Bad($"'{global.Name}' is called with {arguments.Length} arguments that torch.save does not give it");
        }
    }

    /// <summary>The storage of a persistent id.</summary>
    /// <exception cref="CheckpointException">The id is not of a storage, or its type is unknown.</exception>
    public TorchStorage Persistent(object? id)
    {
        if (id is not object?[] parts)
            throw Bad("a persistent id is no tuple; expected ('storage', type, key, location, count)");
        if (parts is ["storage", UnknownObject unknown, ..])
            throw unknown.Refuse(file);
        if (parts is ["storage", TorchGlobal { Kind: TorchGlobalKind.Storage }, string, string, long, object?[]])
            throw new CheckpointException($"'{file}' has a view of a storage, as PyTorch before 0.4 wrote it, which is not supported. " +
                "Save the model again with a newer PyTorch.");
        if (parts is not ["storage", TorchGlobal { Kind: TorchGlobalKind.Storage }, string, string, long, ..]
            || parts is not ({ Length: 5 } or [_, _, _, _, _, null]))
        {
            throw Bad($"a persistent id is of the kind {(parts is [string kind, ..] ? Messages.Quote(kind) : "of no name")} with " +
                $"{parts.Length} parts; expected ('storage', type, key, location, count)");
        }
        budget.Take(StorageBytes);
        budget.Reserve(Storages, 1, ReferenceBytes);
        var storage = new TorchStorage((string)parts[2]!, ((TorchGlobal)parts[1]!).Type, (long)parts[4]!);
        Storages.Add(storage);
        return storage;
    }

    private PickledTable TableOf(List<object?> pairs)
    {
        PickledTable table = NewTable();
        budget.Reserve(table.Items, pairs.Count, PairBytes);
        foreach (object? pair in pairs)
        {
            table.Items.Add(pair switch
            {
                object?[] and [var key, var value] => new(key, value),
                List<object?> and [var key, var value] => new(key, value),
                _ => throw Bad("an OrderedDict is made of what are no pairs; expected a list of keys with their values"),
            });
        }
        return table;
    }

    private TorchTensor Tensor(TorchStorage storage, StoredType type, long offset, object?[] shape, object?[] strides)
    {
        if (shape.Length > SafeTensorsHeader.MaximumRank || strides.Length != shape.Length)
            throw Bad($"a tensor of storage {Messages.Quote(storage.Key)} has {shape.Length:N0} dimensions and {strides.Length:N0} " +
                $"strides; expected as many of both, at most {SafeTensorsHeader.MaximumRank}");
        budget.Take(TensorBytes);
        return new TorchTensor(storage, type, offset, Array.ConvertAll(shape, Number), Array.ConvertAll(strides, Number));
    }

    private long Number(object? value) =>
        value is long number and >= 0 ? number : throw Bad("a shape or a stride has what is no whole number from 0; expected one");

    private CheckpointException Bad(string what) => new($"'{file}': {what}. {Messages.Again}");
}
