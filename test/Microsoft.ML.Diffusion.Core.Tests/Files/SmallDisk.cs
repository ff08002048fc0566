using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>A disk of some MiB in memory (tmpfs), where one may be mounted. eng/soak compiles this file too.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts one; null where that is not allowed, or this is not Linux.</summary>
    public static SmallDisk? TryMount(int mebibytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return null;
        string path = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "none", path))
            return new SmallDisk(path);
        Directory.Delete(path);
        return null;
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such command
        }
    }
}
