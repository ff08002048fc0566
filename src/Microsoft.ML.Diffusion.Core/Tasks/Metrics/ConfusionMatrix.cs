namespace Microsoft.ML.Diffusion.Tasks.Metrics;

/// <summary>Counts of predicted and actual classes, and the classification metrics computed from them.</summary>
internal sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>Makes an empty matrix.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Classes = classes;
        _counts = new long[checked(classes * classes)];
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of examples.</summary>
    public long Count { get; private set; }

    /// <summary>The number of examples of one class that were predicted to be of another.</summary>
    public long this[int actual, int predicted] => _counts[Index(actual, predicted)];

    /// <summary>
    /// The fraction of examples predicted right; NaN if there are none. It equals micro F1, as every example has one class.
    /// </summary>
    public double Accuracy => (double)Correct / Count;

    /// <summary>The mean F1 of the classes that occur, as actual or as predicted; NaN if there are no examples.</summary>
    public double MacroF1
    {
        get
        {
            double sum = 0;
            int present = 0;
            for (int label = 0; label < Classes; label++)
            {
                if (Actual(label) + Predicted(label) == 0)
                    continue;
                sum += F1(label);
                present++;
            }
            return sum / present;
        }
    }

    /// <summary>
    /// Matthews correlation, for several classes as in Gorodkin, "Comparing two K-category assignments by a K-category correlation
    /// coefficient" (2004); 0 if all examples have one class or were predicted to have one class.
    /// </summary>
    public double MatthewsCorrelation
    {
        get
        {
            double total = Count, both = 0, actual = 0, predicted = 0;
            for (int label = 0; label < Classes; label++)
            {
                double a = Actual(label), p = Predicted(label);
                both += a * p;
                actual += a * a;
                predicted += p * p;
            }
            double product = (total * total - actual) * (total * total - predicted);
            return product == 0 ? 0 : (Correct * total - both) / Math.Sqrt(product);
        }
    }

    private long Correct
    {
        get
        {
            long sum = 0;
            for (int label = 0; label < Classes; label++)
                sum += this[label, label];
            return sum;
        }
    }

    /// <summary>Adds an example.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public void Add(int actual, int predicted)
    {
        _counts[Index(actual, predicted)]++;
        Count++;
    }

    /// <summary>Precision: the fraction of the examples predicted to be of a class that are of it; 0 if there are none.</summary>
    public double Precision(int label) => Ratio(this[label, label], Predicted(label));

    /// <summary>Recall: the fraction of the examples of a class that were predicted to be of it; 0 if there are none.</summary>
    public double Recall(int label) => Ratio(this[label, label], Actual(label));

    /// <summary>The harmonic mean of a class's precision and recall; 0 if it does not occur.</summary>
    public double F1(int label) => Ratio(2 * this[label, label], Actual(label) + Predicted(label));

    private long Actual(int label)
    {
        long sum = 0;
        for (int predicted = 0; predicted < Classes; predicted++)
            sum += this[label, predicted];
        return sum;
    }

    private long Predicted(int label)
    {
        long sum = 0;
        for (int actual = 0; actual < Classes; actual++)
            sum += this[actual, label];
        return sum;
    }

    private int Index(int actual, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(actual);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(actual, Classes);
        ArgumentOutOfRangeException.ThrowIfNegative(predicted);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(predicted, Classes);
        return actual * Classes + predicted;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
