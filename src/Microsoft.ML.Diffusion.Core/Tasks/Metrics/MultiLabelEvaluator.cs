namespace Microsoft.ML.Diffusion.Tasks.Metrics;

/// <summary>Metrics of classification where an example may have any number of labels.</summary>
internal sealed class MultiLabelEvaluator
{
    private readonly long[] _actual, _predicted, _correct;
    private long _equal;

    /// <summary>Makes an empty evaluator.</summary>
    /// <param name="labels">The number of labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public MultiLabelEvaluator(int labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        _actual = new long[labels];
        _predicted = new long[labels];
        _correct = new long[labels];
    }

    /// <summary>The number of examples.</summary>
    public long Count { get; private set; }

    /// <summary>The fraction of examples with exactly the right labels predicted; NaN if there are no examples.</summary>
    public double SubsetAccuracy => (double)_equal / Count;

    /// <summary>F1 of all labels' counts together; 0 if no label occurs.</summary>
    public double MicroF1 => F1(_actual.Sum(), _predicted.Sum(), _correct.Sum());

    /// <summary>The mean F1 of all labels; a label that does not occur counts as 0.</summary>
    public double MacroF1 => Enumerable.Range(0, _actual.Length).Average(F1);

    /// <summary>F1 of one label; 0 if it does not occur.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such label.</exception>
    public double F1(int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, _actual.Length);
        return F1(_actual[label], _predicted[label], _correct[label]);
    }

    /// <summary>Adds an example.</summary>
    /// <param name="actual">Whether the example has each label, [labels].</param>
    /// <param name="predicted">Whether it was predicted to have each label, [labels].</param>
    /// <exception cref="ArgumentException">A length is not the number of labels.</exception>
    public void Add(ReadOnlySpan<bool> actual, ReadOnlySpan<bool> predicted)
    {
        if (actual.Length != _actual.Length || predicted.Length != _actual.Length)
            throw new ArgumentException(
                $"An example has {actual.Length} actual and {predicted.Length} predicted values; expected {_actual.Length} of each, one " +
                "per label. Give a value for every label.");
        for (int i = 0; i < actual.Length; i++)
        {
            _actual[i] += actual[i] ? 1 : 0;
            _predicted[i] += predicted[i] ? 1 : 0;
            _correct[i] += actual[i] && predicted[i] ? 1 : 0;
        }
        _equal += actual.SequenceEqual(predicted) ? 1 : 0;
        Count++;
    }

    private static double F1(long actual, long predicted, long correct) => correct == 0 ? 0 : 2.0 * correct / (actual + predicted);
}
