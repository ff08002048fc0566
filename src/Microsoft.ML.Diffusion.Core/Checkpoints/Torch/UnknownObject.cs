namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// Stands for a Python name that <see cref="TorchGlobal"/> does not have, and for every object that a pickle makes with it. It holds
/// the name and nothing else. Objects beside a table of tensors are ignored; a table or a tensor made with an unknown name is refused.
/// </summary>
/// <param name="name">The module and the name in it, in UTF-8.</param>
internal sealed class UnknownObject(byte[] name)
{
    public CheckpointException Refuse(string file) => new(
        $"'{file}' refers to {Messages.Quote(name)}, which is not part of a table of tensors; nothing of it was run. " +
        "Save the state_dict() alone, or as model.safetensors; do not open the file with other software unless you trust its source.");
}
