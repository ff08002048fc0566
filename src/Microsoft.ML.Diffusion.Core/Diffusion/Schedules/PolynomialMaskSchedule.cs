namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>α(t) = 1 − t^k.</summary>
internal sealed class PolynomialMaskSchedule : MaskSchedule
{
    private readonly double _exponent;

    public PolynomialMaskSchedule(double exponent) : base($"Polynomial({Text(exponent)})")
    {
        if (!(exponent > 0 && double.IsFinite(exponent)))
            throw new ArgumentOutOfRangeException(nameof(exponent), exponent,
                "The exponent must be a finite number above 0; 1 is linear, 2 has lower mask rates at early times.");
        _exponent = exponent;
    }

    internal override double MaskRate(double t) => Math.Pow(CheckTime(t), _exponent);

    internal override double AlphaDerivative(double t) => -_exponent * Math.Pow(CheckTime(t), _exponent - 1);

    internal override double TimeAt(double maskRate) => Math.Pow(CheckTime(maskRate), 1 / _exponent);

    public override double Weight(double t) => _exponent / CheckTime(t);
}
