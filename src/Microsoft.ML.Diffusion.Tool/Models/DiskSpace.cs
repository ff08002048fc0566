using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Finds out before long work whether its result will fit on the disk.</summary>
internal static class DiskSpace
{
    /// <summary>Fails if the disk of a path has fewer free bytes than needed, or if the path cannot be written to.</summary>
    /// <exception cref="InputException">It has fewer.</exception>
    public static void Check(string path, long bytes)
    {
        string folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is string above)
            folder = above;
        long free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return; // unknown; the write itself says what is wrong
        }
        if (free < bytes)
        {
            throw new InputException(
                $"The disk of '{path}' has {TextForms.Bytes(free)} free; expected {TextForms.Bytes(bytes)} for the model. Free some " +
                    "space, or choose a path on another disk.");
        }
    }
}
