namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>The content of a file of <c>torch.save</c>, in either layout.</summary>
/// <param name="Value">The object, as <see cref="RestrictedUnpickler"/> gives it.</param>
/// <param name="Locate">The position of a storage's bytes, by its key; null if the file has none.</param>
internal sealed record TorchContent(object? Value, Func<string, ByteRange?> Locate);
