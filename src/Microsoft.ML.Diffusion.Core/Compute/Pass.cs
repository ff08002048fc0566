namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A model's forward pass and, in training, its backward pass. Models are written once on its operations: for inference these only compute;
/// for training they are also recorded, and dropout may be on. Its memory is reused from run to run.
/// </summary>
/// <remarks>Not thread-safe; make one for each thread.</remarks>
public sealed class Pass : IDisposable
{
    private readonly Executor _executor;
    private readonly Tape? _whole;
    private readonly Recomputation? _recomputation;
    private readonly KnownSequences _sequences = new();
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

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>Whether operations are recorded for <see cref="Backward"/>.</summary>
    public bool Training => _tape is not null;

    /// <summary>
    /// Checked before each multiplication, attention and loss, forward and backward, so a run of a large model is canceled within one of
    /// them. The next run starts again with <see cref="Begin"/>; gradients are then partial and must be cleared.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get => _executor.CancellationToken;
        set => _executor.CancellationToken = value;
    }

    /// <summary>The most elements in tensors of one run so far.</summary>
    internal long PeakElements => _executor.PeakElements;

    /// <summary>The base of the next dropout's key.</summary>
    internal ulong DropoutKey { get; set; }

    /// <summary>Makes a pass that only computes.</summary>
    public static Pass ForInference(Engine engine) => new(engine, training: false, withDropout: false, recompute: false);

    /// <summary>Makes a pass that records its operations.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="withDropout">Whether models' dropout is on.</param>
    /// <param name="recompute">
    /// Gradient checkpointing: whether the backward pass runs each of an encoder's layers again instead of storing its activations. This
    /// takes less memory and the time of one more forward pass, with the same results, bit for bit.
    /// </param>
    public static Pass ForTraining(Engine engine, bool withDropout = true, bool recompute = false) =>
        new(engine, training: true, withDropout, recompute);

    /// <summary>Starts a new run; all tensors of the last one become invalid.</summary>
    /// <param name="dropoutKey">The key of dropout's draws; give every training step its own.</param>
    public void Begin(ulong dropoutKey = 0)
    {
        _executor.Reset();
        _tape = _whole; // a run may have been canceled inside a layer
        _tape?.Clear();
        _sequences.Clear();
        DropoutKey = dropoutKey;
    }

    /// <summary>
    /// Copies integers for <see cref="Embed(Parameter, Indices)"/> and similar operations, valid until the next <see cref="Begin"/>.
    /// </summary>
    /// <param name="values">The integers, which are copied.</param>
    public Indices IndicesOf(ReadOnlySpan<int> values) => _executor.WriteIndices(values);

    /// <summary>Sequences packed end to end, valid until the next <see cref="Begin"/>; equal bounds give the same handle.</summary>
    /// <param name="bounds">Sequence i is rows bounds[i] … bounds[i + 1] − 1, [sequences + 1]. The bounds are copied.</param>
    /// <exception cref="ArgumentException">The bounds do not start at 0 or are not ascending.</exception>
    public Sequences SequencesOf(ReadOnlySpan<int> bounds)
    {
        if (_sequences.Find(bounds) is Sequences known)
            return known;
        Sequences sequences = _executor.WriteSequences(bounds);
        _sequences.Add(bounds, sequences);
        return sequences;
    }

    /// <summary>The table's rows at <paramref name="indices"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such row.</exception>
    public Tensor Embed(Parameter table, Indices indices)
    {
        Tensor y = _executor.Allocate(indices.Count, table.Columns);
        Arguments.CheckEmbed(indices, table, y);
        _executor.Embed(indices, table, y, accumulate: false);
        _tape?.Record(new(OperationKind.Embed, y) { Weight = table, Indices = indices });
        return y;
    }

    /// <inheritdoc cref="Embed(Parameter, Indices)"/>
    public Tensor Embed(Parameter table, ReadOnlySpan<int> indices) => Embed(table, IndicesOf(indices));

    /// <summary>
    /// Adds the table's rows at <paramref name="indices"/> to <paramref name="y"/>, in place; no operation may have read it before.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such row.</exception>
    public void AddEmbedding(Tensor y, Parameter table, Indices indices)
    {
        Arguments.CheckEmbed(indices, table, y);
        _executor.Embed(indices, table, y, accumulate: true);
        _tape?.Record(new(OperationKind.AddEmbedding, y) { Weight = table, Indices = indices });
    }

    /// <inheritdoc cref="AddEmbedding(Tensor, Parameter, Indices)"/>
    public void AddEmbedding(Tensor y, Parameter table, ReadOnlySpan<int> indices) => AddEmbedding(y, table, IndicesOf(indices));

    /// <summary>
    /// Adds to each row of <paramref name="y"/> the table's row <paramref name="offset"/> + its position in its sequence, in place; no
    /// operation may have read it before.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A sequence is longer than the table.</exception>
    public void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset = 0)
    {
        Arguments.CheckPositions(y, table, sequences, offset);
        _executor.AddPositions(y, table, sequences, offset);
        _tape?.Record(new(OperationKind.AddPositions, y) { Weight = table, Sequences = sequences, Row = offset });
    }

    /// <summary>Adds one row of the table to each row of <paramref name="y"/>, in place; no operation may have read it before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such row.</exception>
    public void AddRow(Tensor y, Parameter table, int row)
    {
        Arguments.CheckRow(y, table, row);
        _executor.AddRow(y, table, row);
        _tape?.Record(new(OperationKind.AddRow, y) { Weight = table, Row = row });
    }

    /// <summary>activation(x · weightᵀ + bias): [n × in] → [n × out].</summary>
    public Tensor Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation = Activation.None)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Arguments.CheckLinear(x, weight, bias);
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

    /// <summary>Layer normalization of each row.</summary>
    public Tensor LayerNorm(Tensor x, Parameter weight, Parameter? bias, double epsilon) => Normalize(x, null, x, weight, bias, epsilon);

    /// <summary>sum = a + b and its layer normalization, in one operation.</summary>
    public (Tensor Sum, Tensor Normalized) AddLayerNorm(Tensor a, Tensor b, Parameter weight, Parameter? bias, double epsilon)
    {
        Arguments.CheckSameShape(a, b);
        Tensor sum = _executor.Allocate(a.Rows, a.Columns);
        return (sum, Normalize(a, b, sum, weight, bias, epsilon));
    }

    /// <summary>activation(first half of each row) · second half: [n × 2w] → [n × w].</summary>
    /// <exception cref="ArgumentException">The rows do not have two halves.</exception>
    public Tensor Gate(Tensor x, Activation activation)
    {
        Arguments.CheckGate(x);
        Tensor y = _executor.Allocate(x.Rows, x.Columns / 2);
        _executor.Gate(x, activation, y);
        _tape?.Record(new(OperationKind.Gate, y) { X = x, Activation = activation });
        return y;
    }

    /// <summary>Applies rotary positions to queries and keys, in place; no operation may have read <paramref name="qkv"/> before.</summary>
    public void Rotate(Tensor qkv, Sequences sequences, int heads, double theta)
    {
        Arguments.CheckRotate(qkv, sequences, heads);
        _executor.Rotate(qkv, sequences, heads, theta, inverse: false);
        _tape?.Record(new(OperationKind.Rotate, qkv) { Sequences = sequences, Heads = heads, Number = theta });
    }

    /// <summary>
    /// Softmax attention inside each sequence: [n × 3w] → [n × w]. While training, probabilities are dropped with probability
    /// <paramref name="dropout"/>.
    /// </summary>
    /// <param name="qkv">[n × 3w]: queries, keys, values, each head by head.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="pattern">Which positions a position sees.</param>
    /// <param name="bias">
    /// [(2·longest − 1) × heads], or null: row j − i + longest − 1 is added to the scores of query i and key j (relative positions as in T5
    /// and MPNet). Make it from a table with <see cref="Embed(Parameter, Indices)"/>.
    /// </param>
    /// <param name="dropout">The dropout rate.</param>
    public Tensor Attend(Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias = null, double dropout = 0)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Arguments.CheckAttend(qkv, sequences, heads, pattern, bias);
        Arguments.CheckRate(dropout);
        Tensor y = _executor.Allocate(qkv.Rows, qkv.Columns / 3);
        Tensor? logSumExp = _tape is null ? null : _executor.Allocate(qkv.Rows, heads);
        AttentionDropout drop = Drops(dropout) ? new(dropout, NextDropoutKey()) : default;
        _executor.Attend(qkv, sequences, heads, pattern, bias, y, logSumExp, drop);
        _tape?.Record(new(OperationKind.Attend, y)
        {
            X = qkv, X2 = bias ?? default, Statistics = logSumExp!.Value, Sequences = sequences, Heads = heads, Pattern = pattern,
                Number = drop.Rate, Key = drop.Key,
        });
        return y;
    }

    /// <summary>Drops elements with probability <paramref name="rate"/> while training; otherwise returns x.</summary>
    public Tensor Dropout(Tensor x, double rate)
    {
        Arguments.CheckRate(rate);
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
        Arguments.CheckSameShape(a, b);
        Tensor y = _executor.Allocate(a.Rows, a.Columns);
        _executor.Copy(a, y, accumulate: false);
        _executor.Copy(b, y, accumulate: true);
        _tape?.Record(new(OperationKind.Add, y) { X = a, X2 = b });
        return y;
    }

    /// <summary>Some rows of x.</summary>
    /// <exception cref="ArgumentOutOfRangeException">x has no such row.</exception>
    public Tensor Gather(Tensor x, Indices rows)
    {
        Arguments.CheckGather(x, rows);
        Tensor y = _executor.Allocate(rows.Count, x.Columns);
        _executor.Gather(x, rows, y);
        _tape?.Record(new(OperationKind.Gather, y) { X = x, Indices = rows });
        return y;
    }

    /// <inheritdoc cref="Gather(Tensor, Indices)"/>
    public Tensor Gather(Tensor x, ReadOnlySpan<int> rows) => Gather(x, IndicesOf(rows));

    /// <summary>The first row of each sequence: [n × w] → [sequences × w].</summary>
    /// <exception cref="ArgumentException">A sequence is empty.</exception>
    public Tensor FirstRows(Tensor x, Sequences sequences)
    {
        Arguments.CheckPool(x, sequences, "first row");
        Tensor y = _executor.Allocate(sequences.Count, x.Columns);
        _executor.FirstRows(x, sequences, y);
        _tape?.Record(new(OperationKind.FirstRows, y) { X = x, Sequences = sequences });
        return y;
    }

    /// <summary>The mean of each sequence's rows: [n × w] → [sequences × w].</summary>
    /// <exception cref="ArgumentException">A sequence is empty.</exception>
    public Tensor MeanRows(Tensor x, Sequences sequences)
    {
        Arguments.CheckPool(x, sequences, "mean");
        Tensor y = _executor.Allocate(sequences.Count, x.Columns);
        _executor.MeanRows(x, sequences, y);
        _tape?.Record(new(OperationKind.MeanRows, y) { X = x, Sequences = sequences });
        return y;
    }

    /// <summary>Runs one of a model's layers; only its results are stored if the pass recomputes.</summary>
    /// <inheritdoc cref="ILayer.Forward"/>
    internal (Tensor Residual, Tensor? Branch) Run(ILayer layer, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias = null)
    {
        if (_recomputation is null)
            return layer.Forward(this, residual, branch, sequences, bias);
        Operation operation = _recomputation.Forward(layer, residual, branch, sequences, bias);
        _tape!.Record(operation);
        return (operation.Y, operation.Y2 == default ? null : operation.Y2);
    }

    /// <summary>Runs a layer, recording it on a tape of its own.</summary>
    internal (Tensor Residual, Tensor? Branch) RecordOn(Tape tape, ILayer layer, Tensor residual, Tensor? branch,
        Sequences sequences, Tensor? bias)
    {
        _tape = tape;
        (Tensor, Tensor?) results = layer.Forward(this, residual, branch, sequences, bias);
        _tape = _whole;
        return results;
    }

    /// <summary>
    /// Adds a loss that the caller computed from <paramref name="y"/> (<see cref="Read(Tensor, Span{float})"/>): <see cref="Backward"/>
    /// starts from its gradient. For small outputs; for logits of a vocabulary use
    /// <see cref="LinearCrossEntropy(Tensor, Parameter, Parameter, Indices, Tensor, double)"/>, in which they never leave the engine.
    /// </summary>
    /// <param name="y">The tensor that the loss was computed from.</param>
    /// <param name="gradient">The gradient of the loss with respect to it, row by row.</param>
    public void AddLoss(Tensor y, ReadOnlySpan<float> gradient)
    {
        Tensor dy = LossGradient(Recording, y);
        Arguments.CheckLength(dy, gradient.Length);
        _executor.Write(dy, gradient);
    }

    /// <summary>
    /// Σᵢ weights[i] · −log softmax(x[i] · weightᵀ + bias)[targets[i]]. While training, its gradient is computed at once and added to that
    /// of any other loss of the run. With label smoothing ε, −log p[target] becomes −(1 − ε)·log p[target] − ε·(mean of log p).
    /// </summary>
    /// <param name="x">[n × width].</param>
    /// <param name="weight">[classes × width].</param>
    /// <param name="bias">[classes], or null.</param>
    /// <param name="targets">[n], below the classes.</param>
    /// <param name="weights">[n × 1].</param>
    /// <param name="smoothing">ε, in [0, 1).</param>
    /// <returns>The loss. Read it late (<see cref="Read(Loss)"/>), after <see cref="Backward"/>, since a device may still be computing
    /// it.</returns>
    /// <exception cref="ArgumentException">There is not one target and one weight per row, or one is out of range.</exception>
    public Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, double smoothing = 0)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Arguments.CheckCrossEntropy(x, weight, bias, targets, weights, smoothing);
        Tensor? dx = _tape is null ? null : LossGradient(_tape, x);
        return _executor.LinearCrossEntropy(x, weight, bias, targets, weights, dx, smoothing);
    }

    /// <inheritdoc cref="LinearCrossEntropy(Tensor, Parameter, Parameter, Indices, Tensor, double)"/>
    public Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights,
        double smoothing = 0) =>
        LinearCrossEntropy(x, weight, bias, IndicesOf(targets), Write(weights.Length, 1, weights), smoothing);

    /// <summary>Adds the gradients of the run's losses to the parameters' gradients.</summary>
    /// <exception cref="InvalidOperationException">The pass is for inference.</exception>
    public void Backward() => Recording.Backward();

    /// <summary>Some rows of a tensor, sharing its memory; for inference only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Tensor View(Tensor x, int firstRow, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, x.Rows - firstRow);
        return _executor.View(x, firstRow, rows);
    }

    /// <summary>A mark for <see cref="Keep(ArenaMark, Tensor)"/>.</summary>
    public ArenaMark Mark() => _executor.Mark();

    /// <summary>
    /// Releases the tensors made since the mark except <paramref name="keep"/>, whose handle is replaced; does nothing while training.
    /// </summary>
    public Tensor Keep(ArenaMark mark, Tensor keep)
    {
        if (_tape is null)
            _executor.Release(mark, new Span<Tensor>(ref keep));
        return keep;
    }

    /// <summary>Like <see cref="Keep(ArenaMark, Tensor)"/>, for two tensors; the second may be absent.</summary>
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
    public void Read(Tensor x, Span<float> values)
    {
        Arguments.CheckLength(x, values.Length);
        _executor.Read(x, values);
    }

    /// <summary>Waits for a loss of this run and returns it; best called after <see cref="Backward"/>.</summary>
    public double Read(Loss loss) => _executor.Read(loss);

    /// <summary>
    /// The log Σ exp of each row and its greatest elements, descending, the lower column first among equals. The rows stay on the device.
    /// The log Σ exp is NaN for a row with a NaN or +∞, and −∞ for a row of −∞ alone; the elements returned for a row with a NaN are
    /// unspecified.
    /// </summary>
    /// <param name="x">[n × columns]: logits.</param>
    /// <param name="count">The number of elements of each row, from 1 to its columns.</param>
    /// <param name="logSumExp">[n].</param>
    /// <param name="values">[n × count].</param>
    /// <param name="columns">[n × count]: their columns.</param>
    public void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns)
    {
        Arguments.CheckTop(x, count, logSumExp.Length, values.Length, columns.Length);
        _executor.ReadTop(x, count, logSumExp, values, columns);
    }

    /// <inheritdoc cref="Executor.CanDraw"/>
    public bool CanDraw => _executor.CanDraw;

    /// <inheritdoc cref="Executor.Draw"/>
    /// <exception cref="ArgumentException">A setting, an id, a uniform or a number of rows is out of range.</exception>
    public void Draw(
        Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn)
    {
        Arguments.CheckDraw(logits, settings, banned, requests, drawn.Length);
        _executor.Draw(logits, settings, banned, requests, drawn);
    }

    /// <summary>A tensor filled from the host; no gradient flows back to it.</summary>
    public Tensor Write(int rows, int columns, ReadOnlySpan<float> values)
    {
        Tensor x = _executor.Allocate(rows, columns);
        Arguments.CheckLength(x, values.Length);
        _executor.Write(x, values);
        return x;
    }

    /// <inheritdoc/>
    public void Dispose() => _executor.Dispose();

    private Tape Recording => _tape
        ?? throw new InvalidOperationException("This pass was made for inference; make it with Pass.ForTraining.");

    /// <summary>The tensor in which a loss stores its gradient with respect to its input.</summary>
    private static Tensor LossGradient(Tape tape, Tensor read)
    {
        Tensor gradient = tape.Gradient(read, out bool taken);
        return taken
            ? throw new InvalidOperationException("Two losses read the same tensor; give each its own (Gather makes a copy).")
            : gradient;
    }

    private bool Drops(double rate) => _tape is not null && _withDropout && rate > 0;

    private ulong NextDropoutKey() => DropoutKey = Philox.Mix(DropoutKey, 1);

    private Tensor Normalize(Tensor a, Tensor? b, Tensor sum, Parameter weight, Parameter? bias, double epsilon)
    {
        Arguments.CheckNorm(a, weight, bias);
        Tensor y = _executor.Allocate(a.Rows, a.Columns);
        Tensor statistics = _executor.Allocate(a.Rows, 2);
        _executor.AddLayerNorm(a, b, weight, bias, epsilon, sum, y, statistics);
        _tape?.Record(new(OperationKind.AddLayerNorm, y)
        {
            X = a, X2 = b ?? default, Z = sum, Statistics = statistics, Weight = weight, Bias = bias
        });
        return y;
    }
}
