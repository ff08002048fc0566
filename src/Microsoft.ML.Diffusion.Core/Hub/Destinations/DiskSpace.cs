using System.Globalization;

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
        if (FreeOn(directory) is long free && free < needed)
        {
            throw new HubException(
                $"'{directory}' is on a disk with {Size(free)} free; expected {Size(needed)} for the files that are missing. Make " +
                "space, or name a directory on another disk (HF_HUB_CACHE).");
        }
    }

    /// <summary>Whether an error of the system says that a disk is full.</summary>
    public static bool IsFull(Exception exception) =>
        exception is IOException { HResult: DiskFull or QuotaOnLinux or DiskFullOnWindows };

    /// <summary>The free bytes of a directory's disk, or null if the system does not say.</summary>
    public static long? FreeOn(string directory)
    {
        try
        {
            string? existing = directory;
            while (existing is not null && !Directory.Exists(existing))
                existing = Path.GetDirectoryName(existing);
            return existing is null ? null
                : new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(existing)! : existing).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // a share of another machine, for example
        }
    }

    /// <summary>A size for messages.</summary>
    public static string Size(long bytes) => string.Create(
        CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}
