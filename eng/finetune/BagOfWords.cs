using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>
/// Logistic regression on the words, and the pairs of neighboring words, of a text: the baseline that a fine-tuned model must beat. Softmax
/// over the classes, Σ loss + ½·‖w‖²/C, minimized by L-BFGS, so nothing is random.
/// </summary>
internal sealed partial class BagOfWords
{
    private const int History = 10, MostSteps = 300;
    private const double Tolerance = 1e-4;

    private readonly Dictionary<string, int> _features = new(StringComparer.Ordinal);
    private readonly bool _bigrams;
    private readonly double _penalty;
    private readonly string[] _classes;
    private readonly double[] _weights;

    /// <summary>Trains on texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="bigrams">Whether pairs of words are features too.</param>
    /// <param name="c">C, the inverse strength of the regularization.</param>
    public BagOfWords(IReadOnlyList<LabeledText> texts, bool bigrams, double c = 1)
    {
        (_bigrams, _penalty) = (bigrams, 1 / c);
        _classes = [.. texts.Select(text => text.Category).Distinct().Order(StringComparer.Ordinal)];
        foreach (string feature in texts.SelectMany(Features))
            _features.TryAdd(feature, _features.Count);
        int[][] rows = [.. texts.Select(Row)];
        int[] labels = [.. texts.Select(text => Array.IndexOf(_classes, text.Category))];
        _weights = new double[(_features.Count + 1) * _classes.Length];
        Minimize(gradient => Objective(rows, labels, gradient));
    }

    /// <summary>The number of features.</summary>
    public int Count => _features.Count;

    /// <summary>The most probable class of a text.</summary>
    public string Predict(LabeledText text)
    {
        double[] logits = Logits(Row(text));
        return _classes[Array.IndexOf(logits, logits.Max())];
    }

    /// <summary>The words of each text; for a pair, those of the second text marked as such, and those that both texts have.</summary>
    private IEnumerable<string> Features(LabeledText text)
    {
        string[] first = Words(text.Sentence1), second = Words(text.Sentence2);
        IEnumerable<string> features = NGrams(first);
        return second.Length == 0 ? features : features.Concat(NGrams(second).Select(gram => "2:" + gram))
            .Concat(NGrams(first).Intersect(NGrams(second)).Select(gram => "both:" + gram));
    }

    private IEnumerable<string> NGrams(string[] words) => _bigrams ? words.Concat(words.Zip(words.Skip(1), (a, b) => a + " " + b)) : words;

    private static string[] Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    /// <summary>Words are runs of two or more letters or digits, as in scikit-learn.</summary>
    [GeneratedRegex(@"\w\w+")]
    private static partial Regex Word();

    /// <summary>The features of a text, each once, without unknown ones. The last feature is constant.</summary>
    private int[] Row(LabeledText text) =>
        [.. Features(text).Distinct().Where(_features.ContainsKey).Select(feature => _features[feature]), _features.Count];

    private double[] Logits(int[] row)
    {
        var logits = new double[_classes.Length];
        foreach (int feature in row)
        {
            for (int i = 0; i < logits.Length; i++)
                logits[i] += _weights[feature * logits.Length + i];
        }
        return logits;
    }

    private double Objective(int[][] rows, int[] labels, double[] gradient)
    {
        // The constant feature is not regularized.
        int penalized = _weights.Length - _classes.Length;
        double value = 0;
        Array.Clear(gradient);
        for (int i = 0; i < penalized; i++)
        {
            value += _penalty * _weights[i] * _weights[i] / 2;
            gradient[i] = _penalty * _weights[i];
        }
        for (int row = 0; row < rows.Length; row++)
        {
            double[] logits = Logits(rows[row]);
            double max = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - max));
            value += max + Math.Log(sum) - logits[labels[row]];
            for (int i = 0; i < logits.Length; i++)
            {
                double slope = Math.Exp(logits[i] - max) / sum - (i == labels[row] ? 1 : 0);
                foreach (int feature in rows[row])
                    gradient[feature * logits.Length + i] += slope;
            }
        }
        return value;
    }

    /// <summary>L-BFGS (Nocedal 1980) with a backtracking line search, from weights of zero.</summary>
    private void Minimize(Func<double[], double> objective)
    {
        int size = _weights.Length;
        var gradient = new double[size];
        double value = objective(gradient);
        var history = new List<(double[] Step, double[] Change, double Scale)>();
        for (int step = 0; step < MostSteps && gradient.Max(Math.Abs) > Tolerance; step++)
        {
            double[] direction = Direction(gradient, history), start = [.. _weights], before = [.. gradient];
            double slope = Dot(direction, gradient), length = step == 0 ? 1 / Math.Sqrt(Dot(gradient, gradient)) : 1, next;
            for (; ; length /= 2)
            {
                for (int i = 0; i < size; i++)
                    _weights[i] = start[i] + length * direction[i];
                next = objective(gradient);
                if (next <= value + 1e-4 * length * slope || length < 1e-12)
                    break;
            }
            double[] moved = [.. _weights.Zip(start, (a, b) => a - b)], change = [.. gradient.Zip(before, (a, b) => a - b)];
            double curvature = Dot(moved, change);
            if (curvature > 1e-12)
                history.Add((moved, change, 1 / curvature));
            if (history.Count > History)
                history.RemoveAt(0);
            value = next;
        }
    }

    private static double[] Direction(double[] gradient, List<(double[] Step, double[] Change, double Scale)> history)
    {
        double[] direction = [.. gradient.Select(value => -value)];
        var shares = new double[history.Count];
        for (int k = history.Count - 1; k >= 0; k--)
        {
            shares[k] = history[k].Scale * Dot(history[k].Step, direction);
            Add(direction, history[k].Change, -shares[k]);
        }
        if (history.Count > 0)
        {
            double scale = 1 / (history[^1].Scale * Dot(history[^1].Change, history[^1].Change));
            for (int i = 0; i < direction.Length; i++)
                direction[i] *= scale;
        }
        for (int k = 0; k < history.Count; k++)
            Add(direction, history[k].Step, shares[k] - history[k].Scale * Dot(history[k].Change, direction));
        return direction;
    }

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);

    private static void Add(double[] sum, double[] values, double factor)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += factor * values[i];
    }
}
