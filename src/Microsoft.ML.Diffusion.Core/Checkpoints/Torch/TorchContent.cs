namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>What <c>torch.save</c> wrote, in either layout.</summary>
/// <param name="Value">The object, as <see cref="RestrictedUnpickler"/> gives it.</param>
/// <param name="Locate">Where the bytes of a storage lie, by its key; null where the file has none.</param>
internal sealed record TorchContent(object? Value, Func<string, ByteRange?> Locate);
