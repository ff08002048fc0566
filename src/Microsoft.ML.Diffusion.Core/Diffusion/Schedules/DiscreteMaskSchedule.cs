namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>A list of mask rates at t = 1/K, 2/K, …, 1, interpolated between.</summary>
internal sealed class DiscreteMaskSchedule : MaskSchedule
{
    private readonly double[] _rates; // p_0 = 0 first

    public DiscreteMaskSchedule(IReadOnlyList<double> rates, string? name)
        : base(name ?? $"Discrete({string.Join(", ", (rates ?? throw new ArgumentNullException(nameof(rates))).Select(Text))})")
    {
        if (rates.Count == 0)
            throw new ArgumentException("The list of mask rates is empty. Give one or more, ascending, such as 0.25, 0.5, 1.",
                nameof(rates));
        _rates = [0, .. rates];
        for (int k = 1; k < _rates.Length; k++)
        {
            if (!(_rates[k] > _rates[k - 1] && _rates[k] <= 1))
                throw new ArgumentException(
                    $"Mask rate {k} is {_rates[k]}, after {_rates[k - 1]}. Give rates above 0 and up to 1, ascending.", nameof(rates));
        }
    }

    internal override ScheduleBound Bound => _rates[^1] == 1 ? ScheduleBound.Valid : ScheduleBound.NeedsTerminal;

    public override int Steps => _rates.Length - 1;

    internal override double MaskRate(double t)
    {
        double place = CheckTime(t) * Steps, nearest = Math.Round(place);
        if (Math.Abs(place - nearest) < 1e-9) // a step's own time, k/K, which may have no exact float64
            return _rates[(int)nearest];
        int k = (int)place;
        return _rates[k] + (place - k) * (_rates[k + 1] - _rates[k]);
    }

    internal override double AlphaDerivative(double t)
    {
        int k = Math.Min((int)(CheckTime(t) * Steps), Steps - 1);
        return (_rates[k] - _rates[k + 1]) * Steps;
    }

    internal override double TimeAt(double maskRate)
    {
        CheckRate(maskRate, 0, _rates[^1]);
        int k = Math.Max(Array.FindIndex(_rates, rate => rate >= maskRate), 1);
        return (k - 1 + (maskRate - _rates[k - 1]) / (_rates[k] - _rates[k - 1])) / Steps;
    }
}
