using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>The inputs of a graph, and what all layers compute from them once.</summary>
/// <param name="operators">The graph.</param>
/// <param name="inputIds">The token ids, [batch × sequence].</param>
/// <param name="attentionMask">1 for tokens, 0 for padding, [batch × sequence].</param>
/// <param name="tokenTypeIds">The token types, [batch × sequence]; null for none.</param>
/// <param name="masked">The score of what attention does not see: far below any other, and finite, so that a row of nothing else is a
/// mean and not NaN.</param>
internal sealed class GraphInputs(
    GraphOperators operators, string inputIds, string attentionMask, string? tokenTypeIds, float masked)
{
    private readonly Dictionary<AttentionPattern, string> _scoreMasks = [];
    private readonly Dictionary<(int Width, double Theta), (string Cosines, string Sines)> _rotations = [];
    private readonly Lazy<string> _shape = new(() => operators.Node("Shape", "shape", [inputIds]));
    private readonly Lazy<string> _isToken = new(() => operators.Cast(attentionMask, GraphOperators.Boolean, "is_token"));
    private readonly Dictionary<int, string> _positions = [];
    private string? _length;

    public string InputIds => inputIds;

    public string? TokenTypeIds => tokenTypeIds;

    /// <summary>The sequence length, a vector of one element.</summary>
    public string Length => _length ??= operators.Slice(_shape.Value, 1, 2, 0, "sequence_length");

    /// <summary>1 for tokens, 0 for padding, as numbers, [batch × sequence × 1].</summary>
    public string TokenWeights => operators.Where(
        operators.Reshape(_isToken.Value, "is_token", 0, -1, 1), operators.Scalar(1f), operators.Scalar(0f), "token_weights");

    /// <summary>What is added to the scores of attention: 0 where a query sees a key, [batch × 1 × 1 or queries × keys].</summary>
    public string ScoreMask(AttentionPattern pattern)
    {
        if (!_scoreMasks.TryGetValue(pattern, out string? mask))
        {
            string seen = operators.Reshape(_isToken.Value, "key_is_token", 0, 1, 1, -1);
            if (Window(pattern) is string window)
                seen = operators.Node("And", "is_seen", [seen, window]);
            _scoreMasks[pattern] = mask = operators.Where(seen, operators.Scalar(0f), operators.Scalar(masked), "score_mask");
        }
        return mask;
    }

    /// <summary>Cosines and sines of rotary positions, each [sequence × head width / 2].</summary>
    /// <param name="headWidth">The width of a head.</param>
    /// <param name="theta">The base.</param>
    /// <param name="maxLength">The longest sequence.</param>
    public (string Cosines, string Sines) Rotation(int headWidth, double theta, int maxLength)
    {
        if (_rotations.TryGetValue((headWidth, theta), out (string, string) known))
            return known;
        int half = headWidth / 2;
        float[] cosines = new float[maxLength * half], sines = new float[maxLength * half];
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(theta, -2.0 * i / headWidth);
            for (int position = 0; position < maxLength; position++)
            {
                (double sine, double cosine) = Math.SinCos(position * frequency);
                cosines[position * half + i] = (float)cosine;
                sines[position * half + i] = (float)sine;
            }
        }
        return _rotations[(headWidth, theta)] = (Rows("cosines", cosines), Rows("sines", sines));

        string Rows(string name, float[] table) => operators.Node(
            "Slice", name,
            [operators.Graph.AddConstant(name, [maxLength, half], table), operators.Vector(0), Length, operators.Vector(0)]);
    }

    /// <summary><paramref name="offset"/> … offset + sequence length − 1, a vector.</summary>
    public string Positions(int offset)
    {
        if (!_positions.TryGetValue(offset, out string? positions))
        {
            string length = operators.Pick(_shape.Value, 1, 0, "sequence_length");
            string end = offset == 0 ? length : operators.Add(length, operators.Scalar((long)offset), "end");
            _positions[offset] = positions =
                operators.Node("Range", "positions", [operators.Scalar((long)offset), end, operators.Scalar(1L)]);
        }
        return positions;
    }

    /// <summary>Which keys a query sees by their distance, [queries × keys]; null for all.</summary>
    private string? Window(AttentionPattern pattern)
    {
        if (pattern == AttentionPattern.Full)
            return null;
        string positions = Positions(0);
        string distance = operators.Sub(operators.Reshape(positions, "keys", 1, -1), operators.Reshape(positions, "queries", -1, 1));
        string? before = pattern.Before == int.MaxValue ? null
            : operators.Node("Less", "not_before", [operators.Scalar(-pattern.Before - 1L), distance]);
        string? after = pattern.After == int.MaxValue ? null
            : operators.Node("Less", "not_after", [distance, operators.Scalar(pattern.After + 1L)]);
        return before is null || after is null ? before ?? after : operators.Node("And", "in_window", [before, after]);
    }
}
