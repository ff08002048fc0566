namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>A range of bytes in a file.</summary>
internal readonly record struct ByteRange(long Start, long Length);
