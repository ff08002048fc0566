using System.Globalization;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>A device.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Index">Its number among those of its kind, from 0.</param>
internal readonly record struct TorchDevice(TorchDeviceKind Kind, int Index)
{
    /// <summary>Reads a device's name.</summary>
    /// <param name="name">"cuda", "cuda:1", "mps", "cpu", or null for the usual one of this system.</param>
    /// <returns>The kind, and the index if the name has one.</returns>
    /// <exception cref="ArgumentException">It is another name.</exception>
    public static (TorchDeviceKind Kind, int? Index) Parse(string? name)
    {
        switch (name)
        {
            case null:
                return (OperatingSystem.IsMacOS() ? TorchDeviceKind.Mps : TorchDeviceKind.Cuda, null);
            case "cuda":
                return (TorchDeviceKind.Cuda, null);
            case "mps":
                return (TorchDeviceKind.Mps, null);
            case "cpu":
                return (TorchDeviceKind.Cpu, null);
        }
        const string Numbered = "cuda:";
        if (name.StartsWith(Numbered, StringComparison.Ordinal) &&
            int.TryParse(name.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return (TorchDeviceKind.Cuda, index);
        throw new ArgumentException($"Device is '{name}'; expected \"cuda\", \"cuda:\" and a number from 0, \"mps\", \"cpu\", or null.");
    }

    /// <summary>As TorchSharp spells it.</summary>
    public override string ToString() => Kind switch
    {
        TorchDeviceKind.Cuda => string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
        TorchDeviceKind.Mps => "mps",
        _ => "cpu",
    };
}
