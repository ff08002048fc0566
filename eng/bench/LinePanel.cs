namespace Microsoft.ML.Diffusion.Bench;

/// <summary>One of the coordinate systems of a <see cref="LinePlot"/>.</summary>
/// <param name="Label">The quantity on the vertical axis, with its unit.</param>
/// <param name="Dashed">The level of the dashed line, if there is one.</param>
/// <param name="Lines">The points of each line, from left to right.</param>
/// <param name="IsLogarithmic">Whether the vertical axis has powers of ten; all levels are then above 0.</param>
internal sealed record LinePanel(string Label, double? Dashed, PlotPoint[][] Lines, bool IsLogarithmic = false);
