namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>What a pickle says of one storage, the run of elements under one or several tensors. Not checked against the file.</summary>
/// <param name="Key">The name under which the file has its bytes.</param>
/// <param name="Type">The element type; null where the storage is of bytes, and the tensor says the type.</param>
/// <param name="Count">The number of elements, or of bytes where there is no type.</param>
internal sealed record TorchStorage(string Key, StoredType? Type, long Count);
