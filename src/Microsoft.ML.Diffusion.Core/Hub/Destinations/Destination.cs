using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Hub.Destinations;

/// <summary>
/// Where files are downloaded to. Content is collected under its own name first, and files get theirs when all content is there. Folders
/// that are links are refused: nothing is written outside the folder that was asked for.
/// </summary>
internal abstract class Destination
{
    /// <summary>The folder that was asked for.</summary>
    public abstract string Root { get; }

    /// <summary>Whether a file is there already.</summary>
    public abstract bool Has(RemoteFile file);

    /// <summary>Where a file's content is collected.</summary>
    public abstract string PlaceOf(RemoteFile file);

    /// <summary>The lock on that place.</summary>
    public abstract string LockOf(RemoteFile file);

    /// <summary>Makes the folders, when it is known that there is something to download.</summary>
    /// <exception cref="HubException">A folder is a link, or other files are in the way.</exception>
    public abstract void Prepare(IReadOnlyCollection<RemoteFile> files);

    /// <summary>Gives all files their names.</summary>
    /// <returns>The model's directory.</returns>
    public abstract string Complete(IReadOnlyCollection<RemoteFile> files);

    /// <summary>Whether a file, or the file that a link leads to, is there with a length.</summary>
    protected internal static bool HasLength(string path, long length)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is null)
            return file.Exists && file.Length == length;
        try
        {
            return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target && target.Length == length;
        }
        catch (IOException)
        {
            return false; // a circle of links
        }
    }

    /// <summary>Makes a folder below another, and refuses links on the way.</summary>
    protected static string MakeFolder(string root, params ReadOnlySpan<string> below)
    {
        Directory.CreateDirectory(root);
        string folder = root;
        foreach (string name in below)
        {
            folder = Path.Combine(folder, name);
            if (new DirectoryInfo(folder).LinkTarget is string target)
            {
                throw new HubException(
                    $"'{folder}' is a link to '{target}'; expected a folder, as nothing is written outside '{root}'. Replace the link " +
                    "with the folder itself, or name the folder that has the space (HF_HUB_CACHE).");
            }
            Directory.CreateDirectory(folder);
        }
        return folder;
    }

    /// <summary>Makes the folders above a file, below a root.</summary>
    protected static string MakeFoldersOf(string root, string name)
    {
        string[] parts = name.Split('/');
        return Path.Combine(MakeFolder(root, parts.AsSpan(..^1)), parts[^1]);
    }

    /// <summary>Gives collected content the name of a file in one step; it is moved if no other file needs it.</summary>
    protected static void Settle(string place, string path, bool isLast)
    {
        if (isLast)
        {
            File.Move(place, path, overwrite: true);
            return;
        }
        string copy = path + ".copy";
        WriteGuard.TryDeleteFile(copy);
        File.Copy(place, copy);
        File.Move(copy, path, overwrite: true);
    }
}
