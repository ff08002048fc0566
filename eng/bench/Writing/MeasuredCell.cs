namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A way of writing, the mean calls of the denoiser for a text, and what the texts are like.</summary>
internal readonly record struct MeasuredCell(WritingCell Cell, double Calls, WritingMeasures Measures);
