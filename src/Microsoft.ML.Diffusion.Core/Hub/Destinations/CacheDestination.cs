using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub.Destinations;

/// <summary>
/// The cache of Hugging Face's software: <c>models--owner--name</c> with the contents in <c>blobs</c>, the commits of branches and tags in
/// <c>refs</c>, and for each commit a folder in <c>snapshots</c>, of links to the contents. Where links are refused, as often on
/// Windows, the contents are moved there instead.
/// </summary>
internal sealed class CacheDestination : Destination
{
    private readonly HubSettings _settings;
    private readonly string _folder, _name;
    private bool _usesLinks;

    public CacheDestination(string repository, HubSettings settings)
    {
        _settings = settings;
        _name = $"models--{repository.Replace("/", "--", StringComparison.Ordinal)}";
        _folder = Path.Combine(settings.CacheDirectory, _name);
        _usesLinks = settings.UseLinks;
    }

    /// <summary>The commit, when it is known.</summary>
    public string Commit { get; set; } = "";

    public override string Root => _settings.CacheDirectory;

    /// <summary>The folder of the commit.</summary>
    public string Snapshot => Path.Combine(_folder, "snapshots", Commit);

    /// <summary>The commit that a branch or tag named when it was last downloaded, or null.</summary>
    public string? ReadReference()
    {
        string path = ReferencePath;
        if (!File.Exists(path))
            return null;
        using ModelFile file = ModelFile.Open(path);
        string commit = file.Length <= 100 ? Encoding.ASCII.GetString(file.ReadAllBytes(100)).Trim() : "";
        return HubNames.IsCommit(commit) ? commit : null;
    }

    /// <summary>Records the commit of the branch or tag.</summary>
    public void WriteReference()
    {
        if (HubNames.IsCommit(_settings.Revision) || ReadReference() == Commit)
            return;
        MakeFolder(Root, _name, "refs");
        AtomicFile.WriteAllText(MakeFoldersOf(Path.Combine(_folder, "refs"), _settings.Revision), Commit);
    }

    /// <summary>Whether the snapshot has all files of some names.</summary>
    public bool HasAll(IEnumerable<string> names) => names.All(name => File.Exists(Path.Combine(Snapshot, name)));

    public override bool Has(RemoteFile file) => HasLength(Path.Combine(Snapshot, file.Name), file.Length);

    public override string PlaceOf(RemoteFile file) => Path.Combine(_folder, "blobs", file.Tag);

    public override string LockOf(RemoteFile file) => Path.Combine(Root, ".locks", _name, file.Tag + ".lock");

    public override void Prepare(IReadOnlyCollection<RemoteFile> files)
    {
        MakeFolder(Root, _name, "blobs");
        MakeFolder(Root, _name, "snapshots", Commit);
        MakeFolder(Root, ".locks", _name);
    }

    public override string Complete(IReadOnlyCollection<RemoteFile> files)
    {
        RemoteFile[] missing = [.. files.Where(file => !Has(file)).OrderBy(file => WantedFiles.RankOf(file.Name))];
        for (int i = 0; i < missing.Length; i++)
        {
            string path = MakeFoldersOf(Snapshot, missing[i].Name);
            string place = PlaceOf(missing[i]);
            if (!TryLink(place, path, missing[i].Name))
                Settle(place, path, isLast: !missing.Skip(i + 1).Any(other => other.Tag == missing[i].Tag));
        }
        return Snapshot;
    }

    private string ReferencePath => Path.Combine(_folder, "refs", _settings.Revision);

    /// <summary>Makes a relative link to a content, in one step; false where links are refused.</summary>
    private bool TryLink(string place, string path, string name)
    {
        if (!_usesLinks)
            return false;
        string link = path + ".link";
        string target = Path.Combine([.. Enumerable.Repeat("..", 2 + name.Count(c => c == '/')), "blobs", Path.GetFileName(place)]);
        try
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _usesLinks = false; // the next step's error, if the folder is not writable, names the cause
            return false;
        }
        File.Move(link, path, overwrite: true);
        return true;
    }
}
