namespace Microsoft.ML.Diffusion.Compute;

/// <summary>The operations of a forward pass, in order, for <see cref="Backward(bool)"/>: records, no closures.</summary>
/// <param name="executor">The executor of the tensors.</param>
/// <param name="recomputation">Does the backward of recomputed layers; null if there are none.</param>
/// <param name="sharesGradients">Whether another tape's gradients are among its own, so that their memory must not be reused.</param>
internal sealed class Tape(Executor executor, Recomputation? recomputation = null, bool sharesGradients = false)
{
    private Operation[] _operations = new Operation[256];
    private Tensor[] _gradients = new Tensor[1024];
    private readonly List<Tensor> _spent = [];
    private int _count;
    private int _firstLearning = -1;

    /// <summary>Whether there is any gradient to start from.</summary>
    public bool Learns => _firstLearning >= 0;

    public void Clear()
    {
        Array.Clear(_operations, 0, _count); // releases references to parameters
        _gradients.AsSpan().Clear();
        _spent.Clear();
        _count = 0;
        _firstLearning = -1;
    }

    public void Record(in Operation operation)
    {
        if (_count == _operations.Length)
            Array.Resize(ref _operations, 2 * _count);
        if (_firstLearning < 0 && (operation.LayerLearns || (operation.Weight?.Gradient ?? operation.Bias?.Gradient) is not null))
            _firstLearning = _count;
        _operations[_count++] = operation;
    }

    /// <summary>The gradient of a tensor, allocated at the first call.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="accumulate">Whether it already holds a contribution.</param>
    public Tensor Gradient(Tensor tensor, out bool accumulate)
    {
        ref Tensor gradient = ref Slot(tensor);
        accumulate = gradient.Columns > 0; // there may be no rows: a batch with nothing to predict
        if (!accumulate)
            gradient = TakeSpent(tensor) ?? executor.Allocate(tensor.Rows, tensor.Columns);
        return gradient;
    }

    /// <summary>The gradient of a tensor, or null if nothing has contributed to it.</summary>
    public Tensor? FindGradient(Tensor tensor) => Slot(tensor) is { Columns: > 0 } gradient ? gradient : null;

    /// <summary>Sets the tensor that holds the gradient of another.</summary>
    public void SetGradient(Tensor tensor, Tensor gradient) => Slot(tensor) = gradient;

    /// <summary>
    /// Processes the records backwards, from the gradients of the losses to the first operation with trainable parameters.
    /// </summary>
    /// <param name="toInputs">Whether to continue to the first operation, since something before it is trainable.</param>
    public void Backward(bool toInputs = false)
    {
        if (!Learns && !toInputs)
            return;
        int first = toInputs ? 0 : _firstLearning;
        for (int i = _count - 1; i >= first; i--)
        {
            executor.CancellationToken.ThrowIfCancellationRequested();
            Backward(in _operations[i], learnsBelow: i > first || toInputs);
            Spend(in _operations[i]);
        }
    }

    /// <summary>The gradient of an operation's result is no longer needed: its memory is reused for a later one.</summary>
    private void Spend(in Operation o)
    {
        // A tensor changed in place is the result of an earlier operation; a layer passes its gradient down.
        if (!sharesGradients && o.Kind is not (
            OperationKind.Rotate or OperationKind.AddEmbedding or OperationKind.AddPositions or OperationKind.AddRow
                or OperationKind.Layer))
            _spent.Add(Slot(o.Y));
    }

    private Tensor? TakeSpent(Tensor tensor)
    {
        for (int i = 0; i < _spent.Count; i++)
        {
            Tensor spent = _spent[i];
            if (spent.Rows != tensor.Rows || spent.Columns != tensor.Columns)
                continue;
            _spent.RemoveAt(i);
            return spent;
        }
        return null;
    }

    private ref Tensor Slot(Tensor tensor)
    {
        if (tensor.Index >= _gradients.Length)
            Array.Resize(ref _gradients, Math.Max(tensor.Index + 1, 2 * _gradients.Length));
        return ref _gradients[tensor.Index];
    }

    private void Backward(in Operation o, bool learnsBelow)
    {
        Tensor dy = Gradient(o.Y, out bool reached);
        if (!reached)
            throw new InvalidOperationException(
                $"The result of operation {o.Kind} does not lead to a loss. While training, compute only what the loss needs.");
        bool accumulate;
        switch (o.Kind)
        {
            case OperationKind.Embed or OperationKind.AddEmbedding:
                executor.EmbedBackward(o.Indices, o.Weight!, dy);
                break;
            case OperationKind.AddPositions:
                executor.AddPositionsBackward(dy, o.Weight!, o.Sequences, o.Row);
                break;
            case OperationKind.AddRow:
                executor.AddRowBackward(dy, o.Weight!, o.Row);
                break;
            case OperationKind.Linear:
                Tensor dx = Gradient(o.X, out accumulate);
                executor.LinearBackward(o.X, o.Weight!, o.Bias, dy, dx, accumulate);
                break;
            case OperationKind.AddLayerNorm:
                Tensor dsum = Gradient(o.Z, out accumulate);
                executor.LayerNormBackward(o.Z, o.Weight!, o.Bias, o.Statistics, dy, dsum, accumulate);
                if (o.X == o.Z)
                    break;
                executor.Copy(dsum, Gradient(o.X, out accumulate), accumulate);
                if (FindGradient(o.X2) is Tensor other)
                    executor.Copy(dsum, other, accumulate: true);
                else
                    SetGradient(o.X2, dsum); // the sum's gradient is no longer needed
                break;
            case OperationKind.Add:
                executor.Copy(dy, Gradient(o.X, out accumulate), accumulate);
                executor.Copy(dy, Gradient(o.X2, out accumulate), accumulate);
                break;
            case OperationKind.Activate:
                dx = Gradient(o.X, out accumulate);
                executor.ActivateBackward(o.X, o.Activation, dy, dx, accumulate);
                break;
            case OperationKind.Gate:
                dx = Gradient(o.X, out accumulate);
                executor.GateBackward(o.X, o.Activation, dy, dx, accumulate);
                break;
            case OperationKind.Rotate:
                executor.Rotate(dy, o.Sequences, o.Heads, o.Number, inverse: true);
                break;
            case OperationKind.Attend:
                dx = Gradient(o.X, out accumulate);
                if (accumulate)
                    throw new InvalidOperationException("Queries, keys and values were read by two attentions. Use them in one only.");
                Tensor? bias = o.X2 == default ? null : o.X2;
                Tensor? dbias = bias is Tensor read ? Gradient(read, out accumulate) : null;
                executor.AttendBackward(
                    o.X, o.Sequences, o.Heads, o.Pattern, bias, o.Y, o.Statistics, dy, dx, dbias, accumulate,
                    new AttentionDropout(o.Number, o.Key));
                break;
            case OperationKind.Dropout:
                dx = Gradient(o.X, out accumulate);
                executor.Dropout(dy, o.Number, o.Key, dx, accumulate);
                break;
            case OperationKind.Gather:
                dx = Gradient(o.X, out accumulate);
                executor.GatherBackward(dy, o.Indices, dx, accumulate);
                break;
            case OperationKind.FirstRows:
                dx = Gradient(o.X, out accumulate);
                executor.FirstRowsBackward(dy, o.Sequences, dx, accumulate);
                break;
            case OperationKind.MeanRows:
                dx = Gradient(o.X, out accumulate);
                executor.MeanRowsBackward(dy, o.Sequences, dx, accumulate);
                break;
            case OperationKind.Layer:
                recomputation!.Backward(in o, this, learnsBelow);
                break;
        }
    }
}

internal enum OperationKind
{
    Embed,
    AddEmbedding,
    AddPositions,
    AddRow,
    Linear,
    AddLayerNorm,
    Add,
    Activate,
    Gate,
    Rotate,
    Attend,
    Dropout,
    Gather,
    FirstRows,
    MeanRows,
    Layer,
}

/// <summary>One record of the tape; each kind uses the fields it needs.</summary>
internal readonly record struct Operation(OperationKind Kind, Tensor Y)
{
    public Tensor X { get; init; }
    /// <summary>The second summand, the branch of a layer, or the bias of attention; absent if default.</summary>
    public Tensor X2 { get; init; }
    /// <summary>The sum before layer normalization.</summary>
    public Tensor Y2 { get; init; }
    /// <summary>The input of a layer normalization's scaling: the sum.</summary>
    public Tensor Z { get; init; }
    public Tensor Statistics { get; init; }
    public Parameter? Weight { get; init; }
    public Parameter? Bias { get; init; }
    /// <summary>Table indices, or gathered rows.</summary>
    public Indices Indices { get; init; }
    public Sequences Sequences { get; init; }
    /// <summary>A table's row, or that of position 0.</summary>
    public int Row { get; init; }
    public Activation Activation { get; init; }
    public int Heads { get; init; }
    public AttentionPattern Pattern { get; init; }
    /// <summary>A dropout rate or a rotary base.</summary>
    public double Number { get; init; }
    /// <summary>A dropout's key; for a layer, the key before its first dropout.</summary>
    public ulong Key { get; init; }
    public ILayer? Layer { get; init; }
    /// <summary>The bias that a layer's attention adds to its scores; absent if default.</summary>
    public Tensor Shared { get; init; }
    public bool LayerLearns { get; init; }
}
