using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>A process that downloads, to be killed.</summary>
internal static class DownloadProcess
{
    public const string ChildCommand = "download";

    public static Process Start(string endpoint, string cache)
    {
        string host = Path.Combine(
            RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return Process.Start(new ProcessStartInfo(
            host, ["exec", Assembly.GetExecutingAssembly().Location, ChildCommand, endpoint, cache]))!;
    }

    public static int RunAsChild(string endpoint, string cache)
    {
        ModelHub.Download(TestHub.Name, new HubOptions { Endpoint = endpoint, CacheDirectory = cache, Token = "", Offline = false });
        return 0;
    }
}
