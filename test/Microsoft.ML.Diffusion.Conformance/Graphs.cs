using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>A graph for each primitive, in any size: for finite differences, for SIMD against scalar, for threads against one.</summary>
public static class Graphs
{
    public static Action<IGraph> CrossEntropy(int rows, int width, int classes, bool bias, double smoothing = 0) => g =>
        g.Loss("y", g.Input("x", rows, width), classes, bias, smoothing);

    public static Action<IGraph> Embed(int rows, int width) => g =>
    {
        Tensor y = g.Pass.Embed(g.Parameter("words", 7, width), Numbers.Integers(rows, 7, "words"));
        g.Pass.AddEmbedding(y, g.Parameter("positions", rows, width), Numbers.Range(rows));
        g.Pass.AddEmbedding(y, g.Parameter("kinds", 2, width), Numbers.Integers(rows, 2, "kinds"));
        g.Loss("y", y);
    };

    /// <summary>Tokens, positions from an offset on, and one row for all, as an encoder's embeddings are made.</summary>
    public static Action<IGraph> Positions(int width, int offset, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        Tensor y = g.Pass.Embed(g.Parameter("words", 7, width), Numbers.Integers(sequences.Rows, 7, "words"));
        g.Pass.AddPositions(y, g.Parameter("positions", offset + sequences.Longest, width), sequences, offset);
        g.Pass.AddRow(y, g.Parameter("kinds", 2, width), 1);
        g.Loss("y", y);
    };

    /// <summary>Embeddings that are made after other operations: the backward goes on below them.</summary>
    public static Action<IGraph> LateEmbeddings(int rows, int width) => g =>
    {
        Tensor x = g.Pass.Linear(g.Pass.Linear(g.Input("x", rows, width), g.Parameter("w1", width, width), null),
            g.Parameter("w2", width, width), null);
        Tensor e = g.Pass.Embed(g.Parameter("words", 7, width), Numbers.Integers(rows, 7, "words"));
        g.Pass.AddEmbedding(e, g.Parameter("kinds", 2, width), Numbers.Integers(rows, 2, "kinds"));
        g.Pass.AddPositions(e, g.Parameter("positions", rows, width), g.Sequences(rows));
        g.Pass.AddRow(e, g.Parameter("all", 1, width), 0);
        g.Loss("y", g.Pass.Add(x, e));
    };

    public static Action<IGraph> Linear(int rows, int input, int output, bool bias, Activation activation = Activation.None) => g =>
        g.Loss("y", g.Pass.Linear(
            g.Input("x", rows, input), g.Parameter("w", output, input, 1 / Math.Sqrt(input)), bias ? g.Parameter("b", 1, output) : null,
            activation));

    public static Action<IGraph> LayerNorm(int rows, int width, bool bias) => g =>
        g.Loss("y", g.Pass.LayerNorm(
            g.Input("x", rows, width, scale: 2), g.Parameter("w", 1, width, .3, 1), bias ? g.Parameter("b", 1, width) : null, 1e-5));

    public static Action<IGraph> AddLayerNorm(int rows, int width, bool bias) => g =>
    {
        (Tensor sum, Tensor normalized) = g.Pass.AddLayerNorm(
            g.Input("a", rows, width), g.Input("b", rows, width), g.Parameter("w", 1, width, .3, 1),
            bias ? g.Parameter("bias", 1, width) : null, 1e-5);
        g.Loss("sum", sum);
        g.Loss("y", normalized);
    };

    public static Action<IGraph> Gate(int rows, int width, Activation activation) => g =>
        g.Loss("y", g.Pass.Gate(g.Input("x", rows, 2 * width), activation));

    public static Action<IGraph> Rotate(int heads, int headWidth, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        Tensor qkv = g.Input("qkv", sequences.Rows, 3 * heads * headWidth);
        g.Pass.Rotate(qkv, sequences, heads, 100);
        g.Loss("y", qkv);
    };

    public static Action<IGraph> Attend(int heads, int headWidth, int reach, params int[] lengths) =>
        DroppingAttend(0, heads, headWidth, reach, lengths);

    public static Action<IGraph> DroppingAttend(double dropout, int heads, int headWidth, int reach, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        Tensor qkv = g.Input("qkv", sequences.Rows, 3 * heads * headWidth, scale: 1.5);
        g.Loss("y", g.Pass.Attend(qkv, sequences, heads, AttentionPattern.Window(reach), null, dropout));
    };

    public static Action<IGraph> PatternAttend(int heads, int headWidth, AttentionPattern pattern, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        g.Loss("y", g.Pass.Attend(g.Input("qkv", sequences.Rows, 3 * heads * headWidth, scale: 1.5), sequences, heads, pattern));
    };

    /// <summary>Attention with a bias for distances, which two layers share.</summary>
    public static Action<IGraph> BiasedAttend(
        double dropout, int heads, int headWidth, AttentionPattern pattern, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        int width = heads * headWidth;
        Tensor bias = g.Input("bias", 2 * sequences.Longest - 1, heads);
        Tensor x = g.Pass.Attend(g.Input("qkv", sequences.Rows, 3 * width, scale: 1.5), sequences, heads, pattern, bias, dropout);
        x = g.Pass.Linear(x, g.Parameter("w", 3 * width, width, 1 / Math.Sqrt(width)), null);
        g.Loss("y", g.Pass.Attend(x, sequences, heads, AttentionPattern.Full, bias, dropout));
    };

    public static Action<IGraph> Dropout(int rows, int width) => g =>
        g.Loss("y", g.Pass.Dropout(g.Input("x", rows, width), .3));

    public static Action<IGraph> Gather(int rows, int width, int picked) => g =>
        g.Loss("y", g.Pass.Gather(g.Input("x", rows, width), Numbers.Integers(picked, rows, "picked")));

    public static Action<IGraph> MeanRows(int width, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        g.Loss("y", g.Pass.MeanRows(g.Input("x", sequences.Rows, width), sequences));
    };

    public static Action<IGraph> FirstRows(int width, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        g.Loss("y", g.Pass.FirstRows(g.Input("x", sequences.Rows, width), sequences));
    };

    public static Action<IGraph> Add(int rows, int width) => g =>
        g.Loss("y", g.Pass.Add(g.Input("a", rows, width), g.Input("b", rows, width)));

    /// <summary>A tensor read by an operation and by another, so that whichever comes second in the backward must add.</summary>
    public static Action<IGraph> FanOut(string operation, bool operationFirst, int rows = 5, int width = 6) => g =>
    {
        Tensor x = g.Input("x", rows, width);
        if (operationFirst)
            Read();
        g.Loss("other", g.Pass.Linear(x, g.Parameter("other", 3, width), null));
        if (!operationFirst)
            Read();

        void Read() => g.Loss("y", operation switch
        {
            "linear" => g.Pass.Linear(x, g.Parameter("w", 4, width), null),
            "activate" => g.Pass.Linear(
                g.Pass.Linear(x, g.Parameter("w", 4, width), null, Activation.Gelu), g.Parameter("w2", 4, 4), null, Activation.Tanh),
            "layer norm" => g.Pass.LayerNorm(x, g.Parameter("w", 1, width, .3, 1), null, 1e-5),
            "add layer norm" => g.Pass.AddLayerNorm(x, x, g.Parameter("w", 1, width, .3, 1), null, 1e-5).Normalized,
            "gate" => g.Pass.Gate(x, Activation.Silu),
            "dropout" => g.Pass.Dropout(x, .4),
            "mean rows" => g.Pass.MeanRows(x, g.Sequences(2, rows - 2)),
            "first rows" => g.Pass.FirstRows(x, g.Sequences(2, rows - 2)),
            "gather" => g.Pass.Gather(x, new[] { 1, 1, 0 }),
            "add" => g.Pass.Add(x, x),
            "losses" => g.Pass.Gather(x, Numbers.Range(rows)),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
        });
    };

    /// <summary>A small encoder: pre-norm, rotary, local and global attention, gated units, residuals, two losses.</summary>
    public static Action<IGraph> Encoder(int heads, int headWidth, params int[] lengths) => g =>
    {
        Sequences sequences = g.Sequences(lengths);
        int rows = sequences.Rows, width = heads * headWidth;
        Tensor x = g.Pass.Embed(g.Parameter("words", 11, width), Numbers.Integers(rows, 11, "words"));
        x = g.Pass.LayerNorm(x, Scale("norm"), null, 1e-5);
        x = g.Pass.Dropout(x, .1);
        for (int layer = 0; layer < 2; layer++)
        {
            Tensor normal = g.Pass.LayerNorm(x, Scale($"{layer}.norm1"), null, 1e-5);
            Tensor qkv = g.Pass.Linear(normal, Matrix($"{layer}.qkv", 3 * width, width), g.Parameter($"{layer}.qkv.b", 1, 3 * width, .1));
            g.Pass.Rotate(qkv, sequences, heads, 1000);
            Tensor attended = g.Pass.Linear(
                g.Pass.Attend(qkv, sequences, heads, AttentionPattern.Window(layer == 0 ? int.MaxValue : 2)),
                Matrix($"{layer}.out", width, width), null);
            (Tensor sum, normal) = g.Pass.AddLayerNorm(x, g.Pass.Dropout(attended, .1), Scale($"{layer}.norm2"), null, 1e-5);
            Tensor gated = g.Pass.Gate(g.Pass.Linear(normal, Matrix($"{layer}.in", 4 * width, width), null), Activation.Gelu);
            x = g.Pass.Add(sum, g.Pass.Linear(gated, Matrix($"{layer}.down", width, 2 * width), null));
        }
        Tensor masked = g.Pass.Gather(x, Numbers.Integers(rows / 2 + 1, rows, "masked"));
        masked = g.Pass.Linear(masked, Matrix("head", width, width), g.Parameter("head.b", 1, width), Activation.Gelu);
        g.Loss("words", masked, 11, bias: true);
        g.Loss("class", g.Pass.Linear(g.Pass.FirstRows(x, sequences), Matrix("pool", width, width), null, Activation.Tanh), 3);

        Parameter Scale(string name) => g.Parameter(name, 1, width, .2, 1);
        Parameter Matrix(string name, int output, int input) => g.Parameter(name, output, input, 1 / Math.Sqrt(input));
    };
}
