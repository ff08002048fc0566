using System.Globalization;
using Microsoft.ML.Diffusion.Tests.Files;
using Microsoft.ML.Diffusion.Tests.Hub;
using Microsoft.ML.Diffusion.Tests.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The assembly as a program: what tests start as child processes.</summary>
internal static class Program
{
    public static int Main(string[] arguments) => arguments switch
    {
        ["train", string scenario, string directory] => Scenario.RunAsChild(scenario, directory),
        [SavedModels.ChildCommand, string directory, string first] =>
            SavedModels.RunAsChild(directory, int.Parse(first, CultureInfo.InvariantCulture)),
        [DownloadProcess.ChildCommand, string endpoint, string cache] => DownloadProcess.RunAsChild(endpoint, cache),
        _ => SimdProbe.Run(),
    };
}
