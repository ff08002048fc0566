namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The fused primitives, each beside its backward, on tensors in an arena that only grows. One computation at a time: an
/// executor is not for several threads at once.
/// </summary>
/// <remarks>
/// In the backwards, <c>d…</c> is the gradient of the loss with respect to the tensor of that name, and <c>accumulate</c> says
/// whether it already holds a contribution (else it is overwritten). Parameters' gradients are always added to;
/// a parameter without one is frozen and only passed through.
/// Sequences are given by <c>bounds</c>: sequence i is rows bounds[i] … bounds[i + 1] − 1.
/// </remarks>
public abstract class Executor : IDisposable
{
    /// <summary>Looked at within primitives that take long, which then leave what they write half done.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The most elements that tensors have taken at any one time; memory that primitives use inside is not counted.</summary>
    public abstract long PeakElements { get; }

    /// <summary>Releases every tensor.</summary>
    public abstract void Reset();

    /// <summary>A tensor of unspecified contents.</summary>
    public abstract Tensor Allocate(int rows, int columns);

    /// <summary>Some rows of a tensor, sharing its memory.</summary>
    public abstract Tensor View(Tensor tensor, int firstRow, int rows);

    /// <summary>A mark for <see cref="Release"/>.</summary>
    public abstract ArenaMark Mark();

    /// <summary>
    /// Releases the tensors made since the mark, but for those in <paramref name="keep"/>, which stay where they are: their handles are exchanged.
    /// </summary>
    public abstract void Release(ArenaMark mark, Span<Tensor> keep);

    /// <summary>Fills a tensor from the host.</summary>
    public abstract void Write(Tensor tensor, ReadOnlySpan<float> values);

    /// <summary>Copies a tensor to the host.</summary>
    public abstract void Read(Tensor tensor, Span<float> values);

    /// <summary>y = table[indices], or y += table[indices].</summary>
    public abstract void Embed(ReadOnlySpan<int> indices, Parameter table, Tensor y, bool accumulate);

    /// <summary>Adds dy's rows to the table's gradient.</summary>
    public abstract void EmbedBackward(ReadOnlySpan<int> indices, Parameter table, Tensor dy);

    /// <summary>y = activation(x · weightᵀ + bias); x [n × in], weight [out × in], y [n × out].</summary>
    public abstract void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y);

    /// <summary>dx = dy · weight; the gradients of weight and bias grow by dyᵀ · x and the column sums of dy.</summary>
    public abstract void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate);

    /// <summary>sum = a + b (or just a, without b), y = weight · (sum − mean) / √(variance + ε) + bias, over each row.</summary>
    /// <param name="a">[n × width].</param>
    /// <param name="b">[n × width], or null.</param>
    /// <param name="weight">[width].</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="sum">[n × width]; where b is null it must be a.</param>
    /// <param name="y">[n × width].</param>
    /// <param name="statistics">[n × 2], mean and 1/√(variance + ε), for the backward.</param>
    public abstract void AddLayerNorm(Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y, Tensor statistics);

    /// <summary>The gradient with respect to the sum, and those of weight and bias.</summary>
    public abstract void LayerNormBackward(Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum, bool accumulate);

    /// <summary>y = activation(x).</summary>
    public abstract void Activate(Tensor x, Activation activation, Tensor y);

    /// <summary>dx = dy · activation'(x).</summary>
    public abstract void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>y = activation(first half of x) · second half of x (Shazeer 2020); x [n × 2w], y [n × w].</summary>
    public abstract void Gate(Tensor x, Activation activation, Tensor y);

    /// <summary>The backward of <see cref="Gate"/>.</summary>
    public abstract void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>
    /// Turns the queries and keys in <paramref name="qkv"/> [n × 3·width], in place, by the angles position · theta^(−2i/d)
    /// (rotary positions, Su et al. 2021, halves paired as GPT-NeoX does); <paramref name="inverse"/> turns back, which is
    /// also the backward.
    /// </summary>
    public abstract void Rotate(Tensor qkv, ReadOnlySpan<int> bounds, int heads, double theta, bool inverse);

    /// <summary>Soft-max attention inside each sequence (Vaswani et al. 2017).</summary>
    /// <param name="qkv">[n × 3·width]: queries, keys, values, each head by head.</param>
    /// <param name="bounds">The sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="reach">A position sees those at most this far away; <see cref="int.MaxValue"/> for all.</param>
    /// <param name="y">[n × width].</param>
    /// <param name="logSumExp">[n × heads], for the backward; null where there is none.</param>
    /// <param name="dropout">What is dropped of the probabilities.</param>
    public abstract void Attend(Tensor qkv, ReadOnlySpan<int> bounds, int heads, int reach, Tensor y, Tensor? logSumExp, AttentionDropout dropout = default);

    /// <summary>The backward of <see cref="Attend"/>; dqkv is overwritten.</summary>
    public abstract void AttendBackward(
        Tensor qkv, ReadOnlySpan<int> bounds, int heads, int reach, Tensor y, Tensor logSumExp, Tensor dy, Tensor dqkv, AttentionDropout dropout = default);

    /// <summary>
    /// y = x · m / (1 − rate), m drawn from (key, element) with chance 1 − rate of being 1; its own backward, on gradients.
    /// </summary>
    public abstract void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate);

    /// <summary>y = x[rows].</summary>
    public abstract void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y);

    /// <summary>dx[rows] += dy; where not accumulating, dx is zeroed first.</summary>
    public abstract void GatherBackward(Tensor dy, ReadOnlySpan<int> rows, Tensor dx, bool accumulate);

    /// <summary>y[i] = the mean of x's rows bounds[i] … bounds[i + 1] − 1; x [n × width], y [sequences × width]. No sequence may be empty.</summary>
    public abstract void MeanRows(Tensor x, ReadOnlySpan<int> bounds, Tensor y);

    /// <summary>The backward of <see cref="MeanRows"/>.</summary>
    public abstract void MeanRowsBackward(Tensor dy, ReadOnlySpan<int> bounds, Tensor dx, bool accumulate);

    /// <summary>y = x, or y += x.</summary>
    public abstract void Copy(Tensor x, Tensor y, bool accumulate);

    /// <summary>
    /// Σ weights[i] · −log softmax(x[i] · weightᵀ + bias)[targets[i]], the logits kept a block of rows at a time only. With label smoothing
    /// ε, −(1 − ε)·log p[target] − ε·(mean of log p over the classes) in its place: Szegedy et al. (2016).
    /// </summary>
    /// <param name="x">[n × width].</param>
    /// <param name="weight">[classes × width].</param>
    /// <param name="bias">[classes], or null.</param>
    /// <param name="targets">[n].</param>
    /// <param name="weights">[n].</param>
    /// <param name="dx">Where given, receives the gradient, and the gradients of weight and bias grow.</param>
    /// <param name="smoothing">ε, in [0, 1).</param>
    public abstract double LinearCrossEntropy(
        Tensor x, Parameter weight, Parameter? bias, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, Tensor? dx, double smoothing = 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the arena.</summary>
    protected abstract void Dispose(bool disposing);
}
