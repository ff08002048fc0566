namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A point and its vertical interval.</summary>
internal readonly record struct PlotPoint(double X, double Y, double Low, double High)
{
    /// <summary>A point without an interval.</summary>
    public PlotPoint(double x, double y) : this(x, y, y, y)
    {
    }
}
