namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Finds the most probable sequence of tags that is valid in the labels' own scheme (Viterbi's algorithm): <c>I-X</c> and <c>E-X</c> come
/// only after <c>B-X</c> or <c>I-X</c>; if the type has an <c>E-X</c>, <c>I-X</c> goes on to it, and so does <c>B-X</c> if single words
/// have a letter of their own. For a type without <c>B-X</c>, and for labels that are types alone, nothing is forbidden. Immutable.
/// </summary>
public sealed class TagDecoder
{
    private readonly int _labels;
    private readonly bool[] _mayStart;
    private readonly bool[] _mayEnd;
    private readonly bool[] _mayFollow; // [previous, next]

    /// <summary>Makes a decoder.</summary>
    /// <param name="labels">The labels, in the order of the model's outputs.</param>
    public TagDecoder(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        TagScheme scheme = TagScheme.Of(labels);
        EntityTag[] tags = [.. labels.Select(scheme.Parse)];
        _labels = tags.Length;
        _mayStart = Array.ConvertAll(tags,
            tag => !(tag.Prefix is EntityTagPrefix.Inside or EntityTagPrefix.End && Has(EntityTagPrefix.Begin, tag)));
        _mayEnd = Array.ConvertAll(tags, tag => !(Has(EntityTagPrefix.Begin, tag) && Has(EntityTagPrefix.End, tag)
            && (tag.Prefix == EntityTagPrefix.Inside || (tag.Prefix == EntityTagPrefix.Begin && scheme.HasUnit))));
        _mayFollow = new bool[tags.Length * tags.Length];
        for (int previous = 0; previous < tags.Length; previous++)
        {
            for (int next = 0; next < tags.Length; next++)
            {
                bool goesOn = tags[previous].Type == tags[next].Type
                    && tags[previous].Prefix is EntityTagPrefix.Begin or EntityTagPrefix.Inside
                    && tags[next].Prefix is EntityTagPrefix.Inside or EntityTagPrefix.End;
                _mayFollow[previous * tags.Length + next] = goesOn || (_mayEnd[previous] && _mayStart[next]);
            }
        }

        bool Has(EntityTagPrefix prefix, EntityTag tag) => tags.Contains(tag with { Prefix = prefix });
    }

    /// <summary>Whether a sentence may start with a label.</summary>
    internal bool MayStart(int label) => _mayStart[label];

    /// <summary>Whether a sentence may end with a label.</summary>
    internal bool MayEnd(int label) => _mayEnd[label];

    /// <summary>Whether a label may directly follow another.</summary>
    internal bool MayFollow(int previous, int next) => _mayFollow[previous * _labels + next];

    /// <summary>Whether a text's labels obey the rules.</summary>
    /// <param name="labels">The label of each word, [words]; −1 for an unknown label, which may stand next to any.</param>
    public bool IsValid(ReadOnlySpan<int> labels)
    {
        for (int word = 0; word < labels.Length; word++)
        {
            int previous = word == 0 ? -1 : labels[word - 1];
            if (labels[word] >= 0 && !(word == 0 ? MayStart(labels[word]) : previous < 0 || MayFollow(previous, labels[word])))
                return false;
        }
        return labels.IsEmpty || labels[^1] < 0 || MayEnd(labels[^1]);
    }

    /// <summary>The most probable valid sequence of labels, with words independent except for the rules.</summary>
    /// <param name="logProbabilities">The logarithm of each label's probability for each word, [words, labels]; −∞ is allowed.</param>
    /// <param name="path">Receives the label of each word, [words]. Among equals, the last word has the lowest
    /// label, then the word before it.</param>
    /// <returns>The sum of the path's log-probabilities.</returns>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    /// <exception cref="ArithmeticException">A log-probability is NaN or +∞.</exception>
    internal double Decode(ReadOnlySpan<double> logProbabilities, Span<int> path)
    {
        if (logProbabilities.Length != (long)path.Length * _labels)
            throw new ArgumentException(
                $"There are {logProbabilities.Length} values for {path.Length} words of {_labels} labels; expected " +
                $"{(long)path.Length * _labels}. Give a value for every label of every word.");
        for (int i = 0; i < logProbabilities.Length; i++)
        {
            if (double.IsNaN(logProbabilities[i]) || double.IsPositiveInfinity(logProbabilities[i]))
                throw new ArithmeticException(
                    $"The log-probability of label {i % _labels} of word {i / _labels} is {logProbabilities[i]}; expected 0 or less. " +
                    "Check the model's logits.");
        }
        if (path.IsEmpty)
            return 0;
        // The best sum of a sequence that ends in each label; NaN if no valid sequence does.
        var sums = new double[_labels];
        var next = new double[_labels];
        var from = new int[path.Length * _labels];
        for (int label = 0; label < _labels; label++)
            sums[label] = _mayStart[label] ? logProbabilities[label] : double.NaN;
        for (int word = 1; word < path.Length; word++)
        {
            for (int label = 0; label < _labels; label++)
            {
                int best = -1;
                for (int previous = 0; previous < _labels; previous++)
                {
                    if (_mayFollow[previous * _labels + label] && !double.IsNaN(sums[previous]) &&
                        (best < 0 || sums[previous] > sums[best]))
                        best = previous;
                }
                from[word * _labels + label] = best;
                next[label] = best < 0 ? double.NaN : sums[best] + logProbabilities[word * _labels + label];
            }
            (sums, next) = (next, sums);
        }
        int last = -1;
        for (int label = 0; label < _labels; label++)
        {
            if (_mayEnd[label] && !double.IsNaN(sums[label]) && (last < 0 || sums[label] > sums[last]))
                last = label;
        }
        double total = sums[last];
        for (int word = path.Length - 1; word >= 0; word--)
        {
            path[word] = last;
            last = from[word * _labels + last];
        }
        return total;
    }
}
