using System.Globalization;

namespace Microsoft.ML.Diffusion.Spaces;

/// <summary>Numbers as they are told.</summary>
internal static class Rounded
{
    /// <summary>The nearest number of three significant digits.</summary>
    public static double ToThreeDigits(double value) => double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
