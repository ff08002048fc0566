using System.Globalization;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub.Destinations;

/// <summary>Whether a disk has space for a download.</summary>
internal static class DiskSpace
{
    private const int DiskFull = 28, DiskFullOnWindows = unchecked((int)0x80070070), QuotaOnLinux = 122;

    /// <summary>Refuses a download for which there is no space.</summary>
    /// <param name="directory">Where it goes.</param>
    /// <param name="needed">The bytes to come.</param>
    /// <exception cref="HubException">There is less.</exception>
    public static void Check(string directory, long needed)
    {
        if (FreeSpace.Of(directory) is long free && free < needed)
        {
            throw new HubException(
                $"'{directory}' is on a disk with {Size(free)} free; expected {Size(needed)} for the files that are missing. Make " +
                "space, or name a directory on another disk (HF_HUB_CACHE).");
        }
    }

    /// <summary>Whether an error of the system says that a disk is full.</summary>
    public static bool IsFull(Exception exception) =>
        exception is IOException { HResult: DiskFull or QuotaOnLinux or DiskFullOnWindows };

    /// <summary>A size for messages.</summary>
    public static string Size(long bytes) => string.Create(
        CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}
