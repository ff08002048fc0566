namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>A schedule of two delegates, checked on a grid.</summary>
internal sealed class CustomMaskSchedule : MaskSchedule
{
    private const int Cells = 4096;
    private const int CellsInStretch = 256;
    private const double Tolerance = 1e-9;

    private readonly Func<double, double> _alpha;
    private readonly Func<double, double> _derivative;
    private readonly bool _trainingOnly;

    public CustomMaskSchedule(Func<double, double> alpha, Func<double, double> derivative, bool trainingOnly)
        : base(trainingOnly ? "CustomForTraining" : "Custom")
    {
        ArgumentNullException.ThrowIfNull(alpha);
        ArgumentNullException.ThrowIfNull(derivative);
        (_alpha, _derivative, _trainingOnly) = (alpha, derivative, trainingOnly);
        IsMonotone = true;
        double previous = CheckedAlpha(alpha, 0), stretchStart = previous, integral = 0;
        if (!trainingOnly && !(Math.Abs(previous - 1) <= Tolerance && Math.Abs(alpha(1)) <= Tolerance))
            throw new ArgumentException(
                $"α runs from {alpha(0)} at time 0 to {alpha(1)} at time 1; expected 1 (all clean) to 0 (all masked), without which there " +
                "is no bound and generation does not end. For training only, use MaskSchedule.CustomForTraining.", nameof(alpha));
        for (int i = 1; i <= Cells; i++)
        {
            double t = (double)i / Cells, value = CheckedAlpha(alpha, t);
            if (value > previous + Tolerance)
            {
                IsMonotone = false;
                if (!trainingOnly)
                    throw new ArgumentException(
                        $"α rises from {previous} to {value} at time {t}; it must never rise, since masked tokens stay masked. For " +
                        "training only, use MaskSchedule.CustomForTraining.", nameof(alpha));
            }
            integral += derivative((i - .5) / Cells) / Cells;
            previous = value;
            if (i % CellsInStretch != 0)
                continue;
            // The midpoint rule, with a tolerance for a derivative that is infinite at an end, such as that of 1 − √t.
            if (!(Math.Abs(integral - (value - stretchStart)) <= .01))
                throw new ArgumentException(
                    $"Up to time {t}, α changes by {value - stretchStart} from {t - (double)CellsInStretch / Cells} on, but the " +
                    $"derivative integrates to {integral}. Give the derivative of α by t, which is negative.", nameof(derivative));
            (stretchStart, integral) = (value, 0);
        }
    }

    internal override ScheduleBound Bound => _trainingOnly ? ScheduleBound.TrainingOnly : ScheduleBound.Valid;

    public override bool IsMonotone { get; }

    internal override double MaskRate(double t)
    {
        CheckTime(t);
        return !_trainingOnly && t is 0 or 1 ? t : 1 - _alpha(t);
    }

    internal override double AlphaDerivative(double t) => _derivative(CheckTime(t));

    internal override double TimeAt(double maskRate)
    {
        if (!IsMonotone)
            throw new InvalidOperationException("The schedule is not monotone, so a mask rate may occur at several times.");
        CheckRate(maskRate, MaskRate(0), MaskRate(1));
        double low = 0, high = 1;
        for (double middle = .5; middle > low && middle < high; middle = (low + high) / 2)
        {
            if (MaskRate(middle) < maskRate)
                low = middle;
            else
                high = middle;
        }
        return maskRate == MaskRate(0) ? 0 : high;
    }

    public override string ToText() =>
        throw new InvalidOperationException(
            "A mask schedule of delegates cannot be saved. Save a named one (MaskSchedule.Linear, Cosine, Polynomial(2)), or list its " +
            "mask rates with MaskSchedule.Discrete.");

    private static double CheckedAlpha(Func<double, double> alpha, double t)
    {
        double value = alpha(t);
        if (!(value >= -Tolerance && value <= 1 + Tolerance))
            throw new ArgumentException($"α is {value} at time {t}; expected a probability.", nameof(alpha));
        return value;
    }
}
