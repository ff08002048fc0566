using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Hub.Destinations;

/// <summary>
/// A directory that gets the files themselves. Contents are collected in a folder in it, which is removed in the end. Files of
/// another model are not overwritten.
/// </summary>
/// <param name="directory">The directory.</param>
internal sealed class DirectoryDestination(string directory) : Destination
{
    private static readonly string[] s_staging = [".cache", "huggingface", "download"];
    private readonly string _staging = Path.Combine([directory, .. s_staging]);

    public override string Root => directory;

    public override bool Has(RemoteFile file)
    {
        string path = Path.Combine(directory, file.Name);
        if (!HasLength(path, file.Length))
            return false;
        using FileStream stream = InputFile.Open(path, message => new HubException(message));
        using var hash = new ContentHash(file.Tag, file.Length);
        var buffer = new byte[1 << 16];
        int read;
        while ((read = stream.Read(buffer)) > 0)
            hash.Append(buffer.AsSpan(0, read));
        return hash.FindDifference() is null;
    }

    public override string PlaceOf(RemoteFile file) => Path.Combine(_staging, file.Tag);

    public override string LockOf(RemoteFile file) => Path.Combine(_staging, file.Tag + ".lock");

    public override void Prepare(IReadOnlyCollection<RemoteFile> files)
    {
        if (File.Exists(directory))
            throw new HubException($"'{directory}' is a file; expected a directory, or an unused name. Choose another name.");
        if (Directory.Exists(directory))
        {
            HashSet<string> names = [.. files.Select(file => file.Name)];
            string? other = files.FirstOrDefault(file => InputFile.Exists(Path.Combine(directory, file.Name)) && !Has(file))?.Name ??
                Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))
                    .FirstOrDefault(name => WantedFiles.IsOfModel(name) && !names.Contains(name));
            if (other is not null)
            {
                throw new HubException(
                    $"'{directory}' has {Messages.Quote(other)} of another model or revision, which would be mixed with the new files; " +
                    "expected a new or empty directory, or files of the same revision. Choose another directory, or empty this one.");
            }
        }
        MakeFolder(directory, s_staging);
    }

    public override string Complete(IReadOnlyCollection<RemoteFile> files)
    {
        RemoteFile[] missing = [.. files.Where(file => !Has(file)).OrderBy(file => WantedFiles.RankOf(file.Name))];
        for (int i = 0; i < missing.Length; i++)
            Settle(
                PlaceOf(missing[i]), MakeFoldersOf(directory, missing[i].Name),
                isLast: !missing.Skip(i + 1).Any(other => other.Tag == missing[i].Tag));
        RemoveStaging();
        return directory;
    }

    /// <summary>Removes the folder of contents, and those above it if they are empty.</summary>
    private void RemoveStaging()
    {
        if (new DirectoryInfo(_staging).LinkTarget is null)
            WriteGuard.TryDeleteDirectory(_staging);
        for (string folder = Path.GetDirectoryName(_staging)!; folder != directory; folder = Path.GetDirectoryName(folder)!)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return; // other software's files are in it
            }
        }
    }
}
