using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

internal static class Start
{
    [ModuleInitializer]
    internal static void Initialize() => LibStdCxxCompatibility.Apply();
}
