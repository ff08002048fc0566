namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>Free space on disks, to find out before long work whether its result will fit.</summary>
public static class FreeSpace
{
    /// <summary>The free bytes of the disk of a path that may not exist yet.</summary>
    /// <returns>The bytes; null if the system does not say, as for a share of another machine.</returns>
    public static long? Of(string path)
    {
        try
        {
            string? existing = Path.GetFullPath(path);
            while (existing is not null && !Directory.Exists(existing))
                existing = Path.GetDirectoryName(existing);
            return existing is null ? null
                : new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(existing)! : existing).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
