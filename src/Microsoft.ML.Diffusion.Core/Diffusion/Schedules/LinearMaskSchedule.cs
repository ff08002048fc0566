namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>α(t) = 1 − t.</summary>
internal sealed class LinearMaskSchedule() : MaskSchedule("Linear")
{
    public override double MaskRate(double t) => CheckTime(t);

    public override double AlphaDerivative(double t)
    {
        CheckTime(t);
        return -1;
    }

    public override double TimeAt(double maskRate) => CheckTime(maskRate);
}
