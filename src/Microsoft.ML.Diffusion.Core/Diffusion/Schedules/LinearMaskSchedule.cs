namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>α(t) = 1 − t.</summary>
internal sealed class LinearMaskSchedule() : MaskSchedule("Linear")
{
    internal override double MaskRate(double t) => CheckTime(t);

    internal override double AlphaDerivative(double t)
    {
        CheckTime(t);
        return -1;
    }

    internal override double TimeAt(double maskRate) => CheckTime(maskRate);
}
