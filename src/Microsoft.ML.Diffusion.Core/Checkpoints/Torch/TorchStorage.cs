namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>A pickle's description of one storage, the elements of one or several tensors. Not checked against the file.</summary>
/// <param name="Key">The name under which the file has its bytes.</param>
/// <param name="Type">The element type; null for a storage of bytes, whose tensors have the type.</param>
/// <param name="Count">The number of elements, or of bytes if there is no type.</param>
internal sealed record TorchStorage(string Key, StoredType? Type, long Count);
