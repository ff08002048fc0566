namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>Where bytes lie in a file.</summary>
internal readonly record struct ByteRange(long Start, long Length);
