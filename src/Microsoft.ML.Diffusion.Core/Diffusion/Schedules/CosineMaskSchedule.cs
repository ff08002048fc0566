namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>α(t) = 1 − cos(π/2·(1 − t)), computed with sin(π/2·t) to avoid cancellation near t = 0.</summary>
internal sealed class CosineMaskSchedule() : MaskSchedule("Cosine")
{
    internal override double MaskRate(double t) => t == 1 ? 1 : Math.Sin(Math.PI / 2 * CheckTime(t));

    internal override double AlphaDerivative(double t) => t == 1 ? 0 : -Math.PI / 2 * Math.Cos(Math.PI / 2 * CheckTime(t));

    internal override double TimeAt(double maskRate) => maskRate == 1 ? 1 : 2 / Math.PI * Math.Asin(CheckTime(maskRate));
}
