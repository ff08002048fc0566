using System.Globalization;

namespace Microsoft.ML.Diffusion;

/// <summary>The progress of a download. Files that were there before count as done.</summary>
/// <param name="File">The current file, as the repository names it.</param>
/// <param name="FileBytes">The bytes of it that are here, those of an earlier, interrupted download included.</param>
/// <param name="FileLength">The length of it, in bytes.</param>
/// <param name="Bytes">The bytes of all files that are here.</param>
/// <param name="TotalBytes">The length of all files, in bytes.</param>
/// <param name="FilesDone">The number of complete files.</param>
/// <param name="Files">The number of files.</param>
public readonly record struct HubProgress(
    string File, long FileBytes, long FileLength, long Bytes, long TotalBytes, int FilesDone, int Files)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{File}: {FileBytes / 1e6:F1} of {FileLength / 1e6:F1} MB; all: {Bytes / 1e6:F1} of {TotalBytes / 1e6:F1} MB, {FilesDone} of " +
            $"{Files} files");
}
