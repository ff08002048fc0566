using System.Globalization;

namespace Microsoft.ML.Diffusion.Spaces;

/// <summary>Rounds numbers for reports.</summary>
internal static class Rounded
{
    /// <summary>The nearest number with three significant digits.</summary>
    public static double ToThreeDigits(double value) =>
        double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
