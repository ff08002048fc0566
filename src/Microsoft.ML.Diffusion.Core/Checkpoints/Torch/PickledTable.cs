namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>A dict or an OrderedDict of a pickle. Keys are not compared: they may be anything.</summary>
internal sealed class PickledTable
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];
}
