namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The memory and the fused primitives, each with its backward, of one computation at a time. Not thread-safe. Models call
/// <see cref="Pass"/>, which checks arguments, so an executor may assume that they are valid: shapes match, indices are within their
/// tables, sequences have the rows of their tensors, and rates are in [0, 1).
/// </summary>
/// <remarks>
/// Tensors, indices, sequences and losses are handles; the executor defines what they refer to. A computation is a run of calls between two
/// <see cref="Reset"/>s. All calls may be asynchronous on the device except <see cref="Read(Tensor, Span{float})"/>,
/// <see cref="Read(Loss)"/>, <see cref="ReadTop"/> and <see cref="Draw"/>, which wait for it. In the backwards, <c>d…</c> is the gradient
/// of the loss with respect to the tensor of that name, and <c>accumulate</c> says whether it already holds a contribution to add to;
/// otherwise its contents are unspecified and it is overwritten. Parameters' gradients are always added to; a parameter without one is
/// frozen, and gradients only pass through it. A result may be the same tensor as an input only where documented. Tensors without rows,
/// and empty sets of sequences, are allowed everywhere.
/// </remarks>
public abstract class Executor : IDisposable
{
    /// <summary>
    /// Checked within long primitives, which may then throw an <see cref="OperationCanceledException"/> and leave their output half
    /// written. The pass checks it before each multiplication, attention and loss; an executor whose calls return at once need not check
    /// it.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The most elements in tensors at any one time; memory used inside primitives is not counted.</summary>
    public abstract long PeakElements { get; }

    /// <summary>Releases every tensor, index, sequence, loss and mark.</summary>
    public abstract void Reset();

    /// <summary>Allocates a tensor with unspecified contents.</summary>
    /// <param name="rows">0 or more.</param>
    /// <param name="columns">0 or more.</param>
    /// <returns>A handle whose <see cref="Tensor.Index"/> is 0 or more, unique among live tensors, and small: training indexes arrays by
    /// it.</returns>
    public abstract Tensor Allocate(int rows, int columns);

    /// <summary>Some rows of a tensor, sharing its memory and lifetime.</summary>
    public abstract Tensor View(Tensor tensor, int firstRow, int rows);

    /// <summary>A mark for <see cref="Release"/>, which may be used any number of times.</summary>
    public abstract ArenaMark Mark();

    /// <summary>
    /// Releases the tensors made since the mark, except those in <paramref name="keep"/>, whose contents stay and whose handles are
    /// replaced. Tensors made before the mark may be among them and keep their handles. Tensors retained by an earlier call since the mark
    /// are released too, and marks made since become invalid. Indices, sequences and losses stay.
    /// </summary>
    public abstract void Release(ArenaMark mark, Span<Tensor> keep);

    /// <summary>Fills a tensor from the host, row by row; the values may be changed after it returns.</summary>
    public abstract void Write(Tensor tensor, ReadOnlySpan<float> values);

    /// <summary>Copies a tensor to the host, row by row.</summary>
    public abstract void Read(Tensor tensor, Span<float> values);

    /// <summary>Copies integers to the device.</summary>
    public Indices WriteIndices(ReadOnlySpan<int> values)
    {
        int least = int.MaxValue, greatest = int.MinValue;
        foreach (int value in values)
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        int index = StoreIndices(values);
        return values.IsEmpty ? new Indices(index, 0, 0, -1) : new Indices(index, values.Length, least, greatest);
    }

    /// <summary>Copies the bounds of sequences to the device: sequence i is rows bounds[i] … bounds[i + 1] − 1.</summary>
    /// <param name="bounds">[sequences + 1], from 0 on, ascending; two that are equal make an empty sequence.</param>
    /// <exception cref="ArgumentException">The bounds do not start at 0 or are not ascending.</exception>
    public Sequences WriteSequences(ReadOnlySpan<int> bounds)
    {
        if (bounds.IsEmpty || bounds[0] != 0)
            throw new ArgumentException("The bounds of sequences must begin with 0 and end with the number of all rows.", nameof(bounds));
        int longest = 0, firstEmpty = -1;
        for (int i = 0; i + 1 < bounds.Length; i++)
        {
            int length = bounds[i + 1] - bounds[i];
            if (length < 0)
                throw new ArgumentException($"Sequence {i} would end at {bounds[i + 1]}, before it begins at {bounds[i]}.", nameof(bounds));
            longest = Math.Max(longest, length);
            if (length == 0 && firstEmpty < 0)
                firstEmpty = i;
        }
        return new Sequences(StoreSequences(bounds), bounds.Length - 1, bounds[^1], longest, firstEmpty);
    }

    /// <summary>Copies integers to the device, valid until <see cref="Reset"/>; they may be changed after it returns.</summary>
    /// <returns>The <see cref="Indices.Index"/> of the handle.</returns>
    protected abstract int StoreIndices(ReadOnlySpan<int> values);

    /// <summary>
    /// Copies bounds, which <see cref="WriteSequences"/> has checked, to the device, valid until <see cref="Reset"/>; they may be changed
    /// after it returns.
    /// </summary>
    /// <returns>The <see cref="Sequences.Index"/> of the handle.</returns>
    protected abstract int StoreSequences(ReadOnlySpan<int> bounds);

    /// <summary>Waits for a loss and returns it.</summary>
    public abstract double Read(Loss loss);

    /// <summary>
    /// The log Σ exp of each row and its greatest elements, descending, the lower column first among equals. The rows stay on the device.
    /// The log Σ exp is NaN for a row with a NaN or +∞, and −∞ for a row of −∞ alone; the elements returned for a row with a NaN are
    /// unspecified.
    /// </summary>
    /// <param name="x">[n × columns].</param>
    /// <param name="count">The number of elements of each row, from 1 to its columns.</param>
    /// <param name="logSumExp">[n].</param>
    /// <param name="values">[n × count].</param>
    /// <param name="columns">[n × count]: their columns.</param>
    public abstract void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns);

    /// <summary>Whether <see cref="Draw"/> is supported. If not, tokens are drawn on the host from logits that are read.</summary>
    public virtual bool CanDraw => false;

    /// <summary>
    /// Draws a token from each row of logits; the rows stay on the device. First the bans: their logits become −∞. The probabilities of
    /// the result are the softmax of what is left. They are changed for the draw: logits are divided by the temperature; of these the k
    /// greatest stay, the lower ids among equals (Fan et al. 2018); of their softmax the fewest greatest weights stay that together reach
    /// the probability p, the lower ids among equals (Holtzman et al. 2020). The token is the first, in the order of ids, at which the
    /// cumulative weight of what stays exceeds the row's uniform times its sum. A token of probability 0 is never drawn. At temperature 0
    /// the token is the most likely one, the lowest among equals.
    /// </summary>
    /// <param name="logits">[n × vocabulary]; its contents are unspecified afterwards.</param>
    /// <param name="settings">How tokens are drawn, in all rows.</param>
    /// <param name="banned">Ids that are drawn in no row, in any order; below the vocabulary.</param>
    /// <param name="requests">[n]: what is requested of each row.</param>
    /// <param name="drawn">[n]: what is drawn.</param>
    /// <exception cref="NotSupportedException">The engine does not support this: see <see cref="CanDraw"/>.</exception>
    public virtual void Draw(
        Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn) =>
        throw new NotSupportedException("This engine does not draw tokens. Read the logits, and draw on the host.");

    /// <summary>y = table[indices], or y += table[indices].</summary>
    /// <param name="indices">[n], below the table's rows.</param>
    /// <param name="table">[rows × width]; a tied decoder's may be packed only.</param>
    /// <param name="y">[n × width].</param>
    /// <param name="accumulate">Whether y is added to.</param>
    public abstract void Embed(Indices indices, Parameter table, Tensor y, bool accumulate);

    /// <summary>table.Gradient[indices] += dy, row by row; the backward of both y = and y +=.</summary>
    public abstract void EmbedBackward(Indices indices, Parameter table, Tensor dy);

    /// <summary>y[row] += table[offset + the row's position in its sequence], positions from 0.</summary>
    /// <param name="y">[sequences.Rows × width].</param>
    /// <param name="table">[rows × width], at least offset + sequences.Longest rows.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="offset">0 or more.</param>
    public abstract void AddPositions(Tensor y, Parameter table, Sequences sequences, int offset);

    /// <summary>The backward of <see cref="AddPositions"/>: table.Gradient[offset + position] += dy[row].</summary>
    public abstract void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset);

    /// <summary>y += table[row] in each of its rows; y [n × width], table [rows × width].</summary>
    public abstract void AddRow(Tensor y, Parameter table, int row);

    /// <summary>The backward of <see cref="AddRow"/>: table.Gradient[row] += Σ dy's rows.</summary>
    public abstract void AddRowBackward(Tensor dy, Parameter table, int row);

    /// <summary>y = activation(x · weightᵀ + bias).</summary>
    /// <param name="x">[n × in].</param>
    /// <param name="weight">[out × in], plain or packed.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">The activation; None while training, where <see cref="Activate"/> follows.</param>
    /// <param name="y">[n × out].</param>
    public abstract void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y);

    /// <summary>dx = dy · weight, or dx += it; the gradients of weight and bias grow by dyᵀ · x and the column sums of dy.</summary>
    /// <param name="x">[n × in].</param>
    /// <param name="weight">[out × in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="dy">[n × out].</param>
    /// <param name="dx">[n × in]; null if it is not needed.</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    public abstract void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate);

    /// <summary>
    /// sum = a + b (or a, without b), y = weight · (sum − mean) / √(variance + ε) + bias, over each row (Ba et al. 2016).
    /// </summary>
    /// <param name="a">[n × width].</param>
    /// <param name="b">[n × width], or null.</param>
    /// <param name="weight">[width].</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="sum">[n × width]; if b is null it must be a.</param>
    /// <param name="y">[n × width].</param>
    /// <param name="statistics">[n × 2], mean and 1/√(variance + ε), for the backward.</param>
    public abstract void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y,
        Tensor statistics);

    /// <summary>The gradient with respect to the sum, and those of weight and bias.</summary>
    /// <param name="sum">The sum from <see cref="AddLayerNorm"/>, [n × width].</param>
    /// <param name="weight">[width].</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="statistics">The statistics from <see cref="AddLayerNorm"/>, [n × 2].</param>
    /// <param name="dy">[n × width].</param>
    /// <param name="dsum">[n × width].</param>
    /// <param name="accumulate">Whether dsum is added to.</param>
    public abstract void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy,
        Tensor dsum, bool accumulate);

    /// <summary>y = activation(x), element by element.</summary>
    public abstract void Activate(Tensor x, Activation activation, Tensor y);

    /// <summary>dx = dy · activation'(x), or dx += it.</summary>
    public abstract void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>y = activation(first half of x) · second half of x (Shazeer 2020); x [n × 2w], y [n × w].</summary>
    public abstract void Gate(Tensor x, Activation activation, Tensor y);

    /// <summary>
    /// The backward of <see cref="Gate"/>: dx's halves are dy · second half · activation'(first half) and dy · activation(first half).
    /// </summary>
    public abstract void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>
    /// Rotates the queries and keys in <paramref name="qkv"/>, in place, by the angles position · theta^(−2i/d): elements i and i + d/2 of
    /// each head, of width d, become a·cos − b·sin and b·cos + a·sin (rotary positions, Su et al. 2021, with halves paired as in GPT-NeoX).
    /// </summary>
    /// <param name="qkv">[n × 3·width]; the values are unchanged.</param>
    /// <param name="sequences">The sequences, in which positions count from 0.</param>
    /// <param name="heads">The number of heads, of even width.</param>
    /// <param name="theta">The base.</param>
    /// <param name="inverse">Rotates back, which is also the backward, on gradients.</param>
    public abstract void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse);

    /// <summary>
    /// Softmax attention inside each sequence (Vaswani et al. 2017): for each head, y_i = Σ_j softmax_j(q_i · k_j / √d + bias) v_j over the
    /// j that i sees.
    /// </summary>
    /// <param name="qkv">[n × 3·width]: queries, keys, values, each head by head, of width d.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="pattern">Which positions a position sees.</param>
    /// <param name="bias">
    /// [(2·longest − 1) × heads] for the longest of the sequences: row j − i + longest − 1 is added to the scores of query i and key j.
    /// Null for none.
    /// </param>
    /// <param name="y">[n × width].</param>
    /// <param name="logSumExp">[n × heads], log Σ exp of each query's scores, for the backward; null in inference.</param>
    /// <param name="dropout">The dropout of the probabilities.</param>
    public abstract void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout);

    /// <summary>
    /// The backward of <see cref="Attend"/>. With P the probabilities of queries i and keys j: dP = dY · Vᵀ, dS = P ∘ (dP − rowsum(dY ∘
    /// Y)), dQ = dS · K / √d, dK = dSᵀ · Q / √d, dV = Pᵀ · dY, and each row of dbias is the sum of the dS that it was added to; with
    /// dropout M, dP and P are multiplied by M in dS and dV (Dao et al. 2022).
    /// </summary>
    /// <param name="qkv">[n × 3·width].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="pattern">Which positions a position sees.</param>
    /// <param name="bias">[(2·longest − 1) × heads], or null.</param>
    /// <param name="y">The result, [n × width].</param>
    /// <param name="logSumExp">[n × heads].</param>
    /// <param name="dy">[n × width].</param>
    /// <param name="dqkv">[n × 3·width], overwritten.</param>
    /// <param name="dbias">[(2·longest − 1) × heads]; null if there is no bias.</param>
    /// <param name="accumulate">Whether dbias is added to; the order of its sums does not depend on threads.</param>
    /// <param name="dropout">The same as in the forward.</param>
    public abstract void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp,
        Tensor dy, Tensor dqkv,
        Tensor? dbias, bool accumulate, AttentionDropout dropout);

    /// <summary>
    /// y = x · m / (1 − rate), or y += it. For element e, counted row by row, m is 0 where word e mod 4 (X, Y, Z, W) of
    /// <see cref="Philox.Words"/>(key, 0, e / 4) is below ⌊rate · (2³² − 1)⌋, else 1. It is its own backward, on gradients.
    /// </summary>
    public abstract void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate);

    /// <summary>y = x[rows]; x [n × width], rows [m] below n, y [m × width].</summary>
    public abstract void Gather(Tensor x, Indices rows, Tensor y);

    /// <summary>dx[rows] += dy, row by row; dx is zeroed first unless accumulating.</summary>
    public abstract void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate);

    /// <summary>y[i] = the first row of sequence i of x; x [n × width], y [sequences × width]. No sequence is empty.</summary>
    public abstract void FirstRows(Tensor x, Sequences sequences, Tensor y);

    /// <summary>The backward of <see cref="FirstRows"/>; dx is zeroed first unless accumulating.</summary>
    public abstract void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate);

    /// <summary>y[i] = the mean of the rows of sequence i of x; x [n × width], y [sequences × width]. No sequence is empty.</summary>
    public abstract void MeanRows(Tensor x, Sequences sequences, Tensor y);

    /// <summary>The backward of <see cref="MeanRows"/>: dx[row] = dy[its sequence] / the number of rows in it, or dx[row] += it.</summary>
    public abstract void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate);

    /// <summary>y = x, or y += x.</summary>
    public abstract void Copy(Tensor x, Tensor y, bool accumulate);

    /// <summary>
    /// Σ weights[i] · −log softmax(x[i] · weightᵀ + bias)[targets[i]], storing the logits of only one block of rows at a time. With label
    /// smoothing ε the term is −(1 − ε)·log p[target] − ε·(mean of log p over the classes): Szegedy et al. (2016).
    /// </summary>
    /// <param name="x">[n × width].</param>
    /// <param name="weight">[classes × width], plain or packed; plain if there is a dx.</param>
    /// <param name="bias">[classes], or null.</param>
    /// <param name="targets">[n], below the classes.</param>
    /// <param name="weights">[n × 1].</param>
    /// <param name="dx">If not null, [n × width] is overwritten with the gradient, and the gradients of weight and bias are added
    /// to.</param>
    /// <param name="smoothing">ε, in [0, 1).</param>
    /// <returns>The sum, in float64, of logarithms in float32 or wider.</returns>
    public abstract Loss LinearCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx,
        double smoothing);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; a second call does nothing.</summary>
    /// <param name="disposing">Whether it was called explicitly; false in a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
