namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>A pickle's description of one tensor, a view of a storage. Not checked against the file.</summary>
/// <param name="Storage">The storage of its elements.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The first element, counted from the storage's first.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Strides">The distance in elements between neighbors along each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, StoredType Type, long Offset, long[] Shape, long[] Strides);
