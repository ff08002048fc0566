namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>1 − α(t, v) = t + λ·sin(πt)·(1 − H̄/H_v), clamped to [0, 1].</summary>
/// <remarks>
/// After clamping, every token's rate is monotone and runs from 0 to 1, for any λ. If the rate of a frequent token is clamped to 0 for a
/// while, −α'/(1 − α) starts as 1/(t − t₀) and the rate terms of the bound have no finite integral: the schedule is then for training only.
/// </remarks>
internal sealed class SpindleMaskSchedule : MaskSchedule
{
    private readonly double _strength;
    private readonly TokenHistogram _histogram;
    private readonly double[] _slopes; // λ·(1 − H̄/H_v), that of an unseen token last

    public SpindleMaskSchedule(double strength, TokenHistogram histogram) : base($"Spindle({Text(strength)})")
    {
        if (!(strength >= 0 && double.IsFinite(strength)))
            throw new ArgumentOutOfRangeException(nameof(strength), strength,
                "λ must be a finite number, 0 or more; 0.1 to 0.3 is usual, and 0 is the same as MaskSchedule.Linear.");
        ArgumentNullException.ThrowIfNull(histogram);
        if (histogram.Total == 0)
            throw new ArgumentException("The histogram is empty. Add the tokens of the training text first.", nameof(histogram));
        (_strength, _histogram) = (strength, histogram.Clone());
        double mean = _histogram.Entropy;
        _slopes = new double[_histogram.VocabularySize + 1];
        for (int token = 0; token < _slopes.Length; token++)
            _slopes[token] = strength * (1 - mean / _histogram.Information(token));
    }

    public override bool DependsOnToken => true;

    internal override ScheduleBound Bound => _slopes.Min() >= -1 / Math.PI ? ScheduleBound.NeedsRateTerms : ScheduleBound.TrainingOnly;

    private protected override string WhyNoBound =>
        $"with λ = {Text(_strength)} the most frequent tokens are never masked at first, and the bound is infinite. It is finite for λ up " +
        $"to {Text(-_strength / Math.PI / _slopes.Min())}";

    internal override double MaskRate(double t) => CheckTime(t);

    public override double MaskRate(double t, int token) => CheckTime(t) == 1 ? 1
        : Math.Clamp(t + Slope(token) * Math.Sin(Math.PI * t), 0, 1);

    internal override double AlphaDerivative(double t)
    {
        CheckTime(t);
        return -1;
    }

    public override double AlphaDerivative(double t, int token)
    {
        double slope = Slope(token), rate = CheckTime(t) + slope * Math.Sin(Math.PI * t),
            derivative = -1 - slope * Math.PI * Math.Cos(Math.PI * t);
        // At the very ends the unclamped rate is 0 and 1, and clamping begins if it moves out of [0, 1].
        return rate < 0 || rate > 1 || derivative > 0 ? 0 : derivative;
    }

    public override double Weight(double t, int token) => AlphaDerivative(t, token) is double derivative && derivative == 0 ? 0
        : -derivative / MaskRate(t, token);

    internal override double TimeAt(double maskRate) => CheckTime(maskRate);

    public override string ToText() => $"Spindle({Text(_strength)}, {_histogram.ToText()})";

    private double Slope(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        return _slopes[Math.Min(token, _slopes.Length - 1)];
    }
}
