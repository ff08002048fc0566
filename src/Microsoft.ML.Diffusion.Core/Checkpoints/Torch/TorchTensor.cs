namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>What a pickle says of one tensor, a view of a storage. Not checked against the file.</summary>
/// <param name="Storage">Where its elements are.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The first element, counted from the storage's first.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Strides">How many elements apart neighbors along each dimension are.</param>
internal sealed record TorchTensor(TorchStorage Storage, StoredType Type, long Offset, long[] Shape, long[] Strides);
