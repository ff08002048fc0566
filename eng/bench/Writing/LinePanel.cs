namespace Microsoft.ML.Diffusion.Bench;

/// <summary>One of the coordinate systems of a <see cref="LinePlot"/>.</summary>
/// <param name="Label">What the vertical axis measures, and in what unit.</param>
/// <param name="Dashed">The level of the dashed line.</param>
/// <param name="Lines">The points of each line, from left to right.</param>
internal sealed record LinePanel(string Label, double Dashed, PlotPoint[][] Lines);

/// <summary>A point and its vertical interval.</summary>
internal readonly record struct PlotPoint(double X, Interval Y);
