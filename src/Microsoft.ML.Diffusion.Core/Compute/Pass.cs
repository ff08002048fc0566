namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// One run of a model, forward and, where it trains, backward. Models are written once on its operations: for inference they
/// only compute; for training they are also recorded, and dropout may be on. Its memory is kept from run to run.
/// </summary>
/// <remarks>Not for several threads at once; make one for each.</remarks>
public sealed class Pass : IDisposable
{
    private readonly Executor _executor;
    private readonly Tape? _whole;
    private readonly Recomputation? _recomputation;
    private readonly IntegerArena _integers = new();
    private readonly bool _withDropout;
    private Tape? _tape;

    private Pass(Engine engine, bool training, bool withDropout, bool recompute)
    {
        Engine = engine;
        _withDropout = withDropout;
        _executor = engine.CreateExecutor();
        _recomputation = recompute ? new Recomputation(this, _executor) : null;
        _tape = _whole = training ? new Tape(_executor, _recomputation) : null;
    }

    /// <summary>The engine that computes.</summary>
    public Engine Engine { get; }

    /// <summary>Whether operations are recorded for <see cref="Backward"/>.</summary>
    public bool Training => _tape is not null;

    /// <summary>
    /// Looked at before each multiplication, attention and loss, forward and backward: a run of a large model is given up within one
    /// of them. The next run starts afresh with <see cref="Begin"/>; gradients are then partial and must be cleared.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get => _executor.CancellationToken;
        set => _executor.CancellationToken = value;
    }

    /// <summary>The most elements that the tensors of a run have taken so far.</summary>
    internal long PeakElements => _executor.PeakElements;

    /// <summary>What the next dropout's key is derived from.</summary>
    internal ulong DropoutKey { get; set; }

    /// <summary>A pass that only computes.</summary>
    public static Pass ForInference(Engine engine) => new(engine, training: false, withDropout: false, recompute: false);

    /// <summary>A pass that records what it computes.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="withDropout">Whether models' dropout is on.</param>
    /// <param name="recompute">
    /// Whether an encoder's layers are run again in the backward instead of keeping what they compute: less memory, a forward more of time, and
    /// the same results, bit for bit.
    /// </param>
    public static Pass ForTraining(Engine engine, bool withDropout = true, bool recompute = false) => new(engine, training: true, withDropout, recompute);

    /// <summary>Starts a new run: all tensors of the last one are void.</summary>
    /// <param name="dropoutKey">What dropout draws from; give every training step its own.</param>
    public void Begin(ulong dropoutKey = 0)
    {
        _executor.Reset();
        _tape = _whole; // a run may have been given up inside a layer
        _tape?.Clear();
        _integers.Reset();
        DropoutKey = dropoutKey;
    }

    /// <summary>The table's rows at <paramref name="indices"/>.</summary>
    public Tensor Embed(Parameter table, ReadOnlySpan<int> indices)
    {
        Tensor y = _executor.Allocate(indices.Length, table.Columns);
        Embed(table, indices, y, accumulate: false);
        return y;
    }

    /// <summary>Adds the table's rows at <paramref name="indices"/> to <paramref name="y"/>, in place, before anything has read it.</summary>
    public void AddEmbedding(Tensor y, Parameter table, ReadOnlySpan<int> indices) => Embed(table, indices, y, accumulate: true);

    /// <summary>Integers of unspecified value that live until the next <see cref="Begin"/>.</summary>
    public Span<int> Integers(int length) => _integers.Allocate(length).Span;

    /// <summary>activation(x · weightᵀ + bias): [n × in] → [n × out].</summary>
    public Tensor Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation = Activation.None)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Tensor y = _executor.Allocate(x.Rows, weight.Rows);
        if (_tape is null)
        {
            _executor.Linear(x, weight, bias, activation, y);
            return y;
        }
        _executor.Linear(x, weight, bias, Activation.None, y);
        _tape.Record(new(OperationKind.Linear, y) { X = x, Weight = weight, Bias = bias });
        if (activation == Activation.None)
            return y;
        Tensor z = _executor.Allocate(y.Rows, y.Columns);
        _executor.Activate(y, activation, z);
        _tape.Record(new(OperationKind.Activate, z) { X = y, Activation = activation });
        return z;
    }

    /// <summary>Layer normalisation of each row.</summary>
    public Tensor LayerNorm(Tensor x, Parameter weight, Parameter? bias, double epsilon) => Normalise(x, null, x, weight, bias, epsilon);

    /// <summary>sum = a + b and its layer normalisation, in one go.</summary>
    public (Tensor Sum, Tensor Normalised) AddLayerNorm(Tensor a, Tensor b, Parameter weight, Parameter? bias, double epsilon)
    {
        Tensor sum = _executor.Allocate(a.Rows, a.Columns);
        return (sum, Normalise(a, b, sum, weight, bias, epsilon));
    }

    /// <summary>activation(first half of each row) · second half: [n × 2w] → [n × w].</summary>
    public Tensor Gate(Tensor x, Activation activation)
    {
        Tensor y = _executor.Allocate(x.Rows, x.Columns / 2);
        _executor.Gate(x, activation, y);
        _tape?.Record(new(OperationKind.Gate, y) { X = x, Activation = activation });
        return y;
    }

    /// <summary>Applies rotary positions to queries and keys, in place; <paramref name="qkv"/> must have been read by nothing before.</summary>
    public void Rotate(Tensor qkv, ReadOnlySpan<int> bounds, int heads, double theta)
    {
        _executor.Rotate(qkv, bounds, heads, theta, inverse: false);
        _tape?.Record(new(OperationKind.Rotate, qkv) { Indices = Remember(bounds), Heads = heads, Number = theta });
    }

    /// <summary>
    /// Attention inside each sequence, each position seeing those at most <paramref name="reach"/> away: [n × 3w] → [n × w]. While
    /// training, probabilities are dropped with chance <paramref name="dropout"/>.
    /// </summary>
    public Tensor Attend(Tensor qkv, ReadOnlySpan<int> bounds, int heads, int reach = int.MaxValue, double dropout = 0)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Tensor y = _executor.Allocate(qkv.Rows, qkv.Columns / 3);
        Tensor? logSumExp = _tape is null ? null : _executor.Allocate(qkv.Rows, heads);
        AttentionDropout drop = Drops(dropout) ? new(dropout, NextDropoutKey()) : default;
        _executor.Attend(qkv, bounds, heads, reach, y, logSumExp, drop);
        _tape?.Record(new(OperationKind.Attend, y) { X = qkv, Statistics = logSumExp!.Value, Indices = Remember(bounds), Heads = heads, Reach = reach, Number = drop.Rate, Key = drop.Key });
        return y;
    }

    /// <summary>Drops elements with chance <paramref name="rate"/> while training; nothing otherwise.</summary>
    public Tensor Dropout(Tensor x, double rate)
    {
        if (!Drops(rate))
            return x;
        Tensor y = _executor.Allocate(x.Rows, x.Columns);
        ulong key = NextDropoutKey();
        _executor.Dropout(x, rate, key, y, accumulate: false);
        _tape!.Record(new(OperationKind.Dropout, y) { X = x, Number = rate, Key = key });
        return y;
    }

    /// <summary>a + b.</summary>
    public Tensor Add(Tensor a, Tensor b)
    {
        Tensor y = _executor.Allocate(a.Rows, a.Columns);
        _executor.Copy(a, y, accumulate: false);
        _executor.Copy(b, y, accumulate: true);
        _tape?.Record(new(OperationKind.Add, y) { X = a, X2 = b });
        return y;
    }

    /// <summary>Some rows of x.</summary>
    public Tensor Gather(Tensor x, ReadOnlySpan<int> rows)
    {
        Tensor y = _executor.Allocate(rows.Length, x.Columns);
        _executor.Gather(x, rows, y);
        _tape?.Record(new(OperationKind.Gather, y) { X = x, Indices = Remember(rows) });
        return y;
    }

    /// <summary>The mean of each sequence's rows: [n × w] → [sequences × w].</summary>
    /// <exception cref="ArgumentException">A sequence is empty.</exception>
    public Tensor MeanRows(Tensor x, ReadOnlySpan<int> bounds)
    {
        Tensor y = _executor.Allocate(bounds.Length - 1, x.Columns);
        _executor.MeanRows(x, bounds, y);
        _tape?.Record(new(OperationKind.MeanRows, y) { X = x, Indices = Remember(bounds) });
        return y;
    }

    /// <summary>Runs one of a model's layers, of which only the results are kept where the pass recomputes.</summary>
    /// <inheritdoc cref="ILayer.Forward"/>
    internal (Tensor Stream, Tensor? Pending) Run(ILayer layer, Tensor stream, Tensor? pending, ReadOnlySpan<int> bounds)
    {
        if (_recomputation is null)
            return layer.Forward(this, stream, pending, bounds);
        Operation operation = _recomputation.Forward(layer, stream, pending, Remember(bounds));
        _tape!.Record(operation);
        return (operation.Y, operation.Y2 == default ? null : operation.Y2);
    }

    /// <summary>Runs a layer, recording it on a tape of its own.</summary>
    internal (Tensor Stream, Tensor? Pending) RecordOn(Tape tape, ILayer layer, Tensor stream, Tensor? pending, ReadOnlySpan<int> bounds)
    {
        _tape = tape;
        (Tensor, Tensor?) results = layer.Forward(this, stream, pending, bounds);
        _tape = _whole;
        return results;
    }

    /// <summary>
    /// A loss that the caller computed from <paramref name="y"/> (<see cref="Read"/>): its gradient is what <see cref="Backward"/>
    /// starts from. For small outputs; a vocabulary's logits never leave the engine with <see cref="LinearCrossEntropy"/>.
    /// </summary>
    /// <param name="y">What the loss was computed from.</param>
    /// <param name="gradient">The gradient of the loss with respect to it, row by row.</param>
    public void AddLoss(Tensor y, ReadOnlySpan<float> gradient)
    {
        if (_tape is null)
            throw new InvalidOperationException("This pass was made for inference; make it with Pass.ForTraining.");
        Tensor dy = _tape.Gradient(y, out bool taken);
        if (taken)
            throw new InvalidOperationException("Two losses read the same tensor; give each its own (Gather makes a copy).");
        _executor.Write(dy, gradient);
    }

    /// <summary>
    /// Σᵢ weights[i] · −log softmax(x[i] · weightᵀ + bias)[targets[i]]. While training, its gradient is taken at once and added
    /// to that of any other loss of the run. With label smoothing ε, −(1 − ε)·log p[target] − ε·(mean of log p) stands for −log p[target].
    /// </summary>
    public double LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, double smoothing = 0)
    {
        Tensor? dx = null;
        if (_tape is not null)
        {
            dx = _tape.Gradient(x, out bool taken);
            if (taken)
                throw new InvalidOperationException("Two losses read the same tensor; give each its own (Gather makes a copy).");
        }
        return _executor.LinearCrossEntropy(x, weight, bias, targets, weights, dx, smoothing);
    }

    /// <summary>Adds the gradients of the run's losses to the parameters' gradients.</summary>
    /// <exception cref="InvalidOperationException">The pass does not train.</exception>
    public void Backward()
    {
        if (_tape is null)
            throw new InvalidOperationException("This pass was made for inference; make it with Pass.ForTraining.");
        _tape.Backward();
    }

    /// <summary>Some rows of a tensor, sharing its memory; for inference.</summary>
    public Tensor View(Tensor x, int firstRow, int rows) => _executor.View(x, firstRow, rows);

    /// <summary>A mark for <see cref="Keep(ArenaMark, Tensor)"/>.</summary>
    public ArenaMark Mark() => _executor.Mark();

    /// <summary>Forgets the tensors made since the mark but <paramref name="keep"/>, whose handle is exchanged; nothing while training.</summary>
    public Tensor Keep(ArenaMark mark, Tensor keep)
    {
        if (_tape is null)
            _executor.Release(mark, new Span<Tensor>(ref keep));
        return keep;
    }

    /// <summary>As <see cref="Keep(ArenaMark, Tensor)"/>, for two tensors, of which the second may be none.</summary>
    public (Tensor, Tensor?) Keep(ArenaMark mark, Tensor first, Tensor? second)
    {
        if (_tape is not null)
            return (first, second);
        if (second is null)
            return (Keep(mark, first), null);
        Span<Tensor> keep = [first, second.Value];
        _executor.Release(mark, keep);
        return (keep[0], keep[1]);
    }

    /// <summary>Copies a tensor, row by row, to the host.</summary>
    public void Read(Tensor x, Span<float> values) => _executor.Read(x, values);

    /// <summary>A tensor filled from the host; nothing leads back to it.</summary>
    public Tensor Write(int rows, int columns, ReadOnlySpan<float> values)
    {
        Tensor x = _executor.Allocate(rows, columns);
        _executor.Write(x, values);
        return x;
    }

    /// <inheritdoc/>
    public void Dispose() => _executor.Dispose();

    private bool Drops(double rate) => _tape is not null && _withDropout && rate > 0;

    private ulong NextDropoutKey() => DropoutKey = Philox.Mix(DropoutKey, 1);

    private void Embed(Parameter table, ReadOnlySpan<int> indices, Tensor y, bool accumulate)
    {
        _executor.Embed(indices, table, y, accumulate);
        _tape?.Record(new(OperationKind.Embed, y) { Weight = table, Indices = Remember(indices) });
    }

    /// <summary>A copy for the tape, so that the caller may reuse its own.</summary>
    private Memory<int> Remember(ReadOnlySpan<int> values)
    {
        Memory<int> copy = _integers.Allocate(values.Length);
        values.CopyTo(copy.Span);
        return copy;
    }

    private Tensor Normalise(Tensor a, Tensor? b, Tensor sum, Parameter weight, Parameter? bias, double epsilon)
    {
        Tensor y = _executor.Allocate(a.Rows, a.Columns);
        Tensor statistics = _executor.Allocate(a.Rows, 2);
        _executor.AddLayerNorm(a, b, weight, bias, epsilon, sum, y, statistics);
        _tape?.Record(new(OperationKind.AddLayerNorm, y) { X = a, X2 = b ?? default, Z = sum, Statistics = statistics, Weight = weight, Bias = bias });
        return y;
    }
}
