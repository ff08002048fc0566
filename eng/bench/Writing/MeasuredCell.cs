namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A way of writing, the mean number of denoiser calls for a text, and the measures of the texts.</summary>
internal readonly record struct MeasuredCell(WritingCell Cell, double Calls, WritingMeasures Measures);
