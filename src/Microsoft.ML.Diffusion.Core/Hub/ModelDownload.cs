using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Hub.Destinations;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>One download of one model.</summary>
internal sealed class ModelDownload
{
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(100);
    private readonly string _name;
    private readonly HubSettings _settings;
    private readonly Patience _patience;
    private readonly CacheDestination? _cache;
    private readonly Destination _destination;

    private ModelDownload(string name, HubSettings settings, Patience patience)
    {
        (_name, _settings, _patience) = (name, settings, patience);
        _cache = settings.OutputDirectory is null ? new CacheDestination(name, settings) : null;
        _destination = _cache ?? (Destination)new DirectoryDestination(settings.OutputDirectory!);
    }

    /// <summary>Downloads a model, or finds it in the cache.</summary>
    /// <returns>The directory with its files.</returns>
    /// <exception cref="HubException">It cannot be downloaded.</exception>
    public static async Task<string> RunAsync(
        string name, HubSettings settings, Patience patience, CancellationToken cancellationToken)
    {
        var download = new ModelDownload(name, settings, patience);
        try
        {
            return download.FindWithoutConnection() ?? await download.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            string root = download._destination.Root;
            throw new HubException(
                $"'{name}' cannot be written to '{root}': {exception.Message.TrimEnd('.')}. " + (DiskSpace.IsFull(exception)
                    ? "Make space, and download again: it continues where it stopped."
                    : "Expected a writable directory. Check its permissions, or name another (HF_HUB_CACHE)."), exception);
        }
    }

    /// <summary>The snapshot of a commit that cannot change, or of any revision when connections are not allowed.</summary>
    private string? FindWithoutConnection()
    {
        if (_cache is null)
        {
            return !_settings.Offline ? null : throw new HubException(
                $"'{_name}' is to be written to '{_settings.OutputDirectory}', but connections are off (HF_HUB_OFFLINE, or Offline in " +
                "the options). Allow them, or leave the output directory out to read the cache.");
        }
        string? commit = HubNames.IsCommit(_settings.Revision) ? _settings.Revision : _settings.Offline ? _cache.ReadReference() : null;
        string missing = "this revision";
        if (commit is not null)
        {
            _cache.Commit = commit;
            if (WantedFiles.FindMissing(_cache.Snapshot) is not string file)
                return _cache.Snapshot;
            missing = file;
        }
        return !_settings.Offline ? null : throw new HubException(
            $"The cache '{_settings.CacheDirectory}' lacks {missing} of '{_name}', revision '{_settings.Revision}', and connections are " +
            "off (HF_HUB_OFFLINE, or Offline in the options). Download it once with a connection, or name the cache that has it " +
            "(HF_HUB_CACHE).");
    }

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var client = new HubClient(_name, _settings, _patience);
        Repository repository = await client.ListAsync(cancellationToken).ConfigureAwait(false);
        string[] wanted = WantedFiles.Choose(repository);
        if (_cache is not null)
        {
            _cache.Commit = repository.Commit;
            if (_cache.HasAll(wanted))
            {
                TryWriteReference(_cache);
                return _cache.Snapshot;
            }
        }
        var files = new List<RemoteFile>();
        foreach (string name in wanted)
            files.Add(await client.DescribeAsync(repository, name, cancellationToken).ConfigureAwait(false));
        CheckTags(files);

        _destination.Prepare(files);
        var reporter = new ProgressReporter(_settings.Progress, files);
        ILookup<bool, RemoteFile> byState = files.OrderBy(file => file.Length).ToLookup(_destination.Has);
        DiskSpace.Check(_destination.Root, byState[false].DistinctBy(file => file.Tag).Sum(BytesToCome));
        foreach (RemoteFile file in byState[true])
            reporter.Complete(file);
        foreach (RemoteFile file in byState[false])
        {
            await CollectAsync(client, repository, file, reporter, cancellationToken).ConfigureAwait(false);
            reporter.Complete(file);
        }
        cancellationToken.ThrowIfCancellationRequested();
        string directory = _destination.Complete(files);
        if (WantedFiles.FindMissing(directory) is string missing)
            throw new HubException(
                $"The repository '{_name}' lacks {missing}, so '{directory}' is not a whole model. Choose another revision or model.");
        _cache?.WriteReference();
        return directory;
    }

    /// <summary>Where the files were before, the cache may be one that this user only reads.</summary>
    private static void TryWriteReference(CacheDestination cache)
    {
        try
        {
            cache.WriteReference();
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            // The reference stays at the commit of its last writer.
        }
    }

    private static bool IsOfTheDisk(Exception exception) => exception is CheckpointException || WriteGuard.IsOfTheSystem(exception);

    /// <summary>Two contents of one name cannot both be right.</summary>
    private void CheckTags(List<RemoteFile> files)
    {
        foreach (IGrouping<string, RemoteFile> group in files.GroupBy(file => file.Tag, StringComparer.OrdinalIgnoreCase))
        {
            if (group.DistinctBy(file => (file.Length, file.Tag)).Count() > 1)
                throw new HubException(
                    $"{_settings.Endpoint} gives '{group.First().Name}' and '{group.Last().Name}' of '{_name}' the same hash " +
                    $"'{group.Key}' and two lengths; expected one hash for one content. Check that the endpoint is a hub.");
        }
    }

    private long BytesToCome(RemoteFile file)
    {
        string place = _destination.PlaceOf(file);
        if (Destination.HasLength(place, file.Length))
            return 0;
        var partial = new FileInfo(PartialFile.NameOf(place));
        return file.Length - (partial.LinkTarget is null && partial.Exists ? Math.Min(partial.Length, file.Length) : 0);
    }

    /// <summary>Downloads a content unless it is there, alone among the processes that share the place.</summary>
    private async Task CollectAsync(
        HubClient client, Repository repository, RemoteFile file, ProgressReporter reporter, CancellationToken cancellationToken)
    {
        string place = _destination.PlaceOf(file);
        using FileLock held = await TakeLockAsync(file, place, cancellationToken).ConfigureAwait(false);
        if (!Destination.HasLength(place, file.Length))
            await PartialFile.DownloadAsync(client, repository, file, place, reporter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the lock, waiting for another process as long as its download grows.</summary>
    private async Task<FileLock> TakeLockAsync(RemoteFile file, string place, CancellationToken cancellationToken)
    {
        var partial = new FileInfo(PartialFile.NameOf(place));
        long length = -1, since = Environment.TickCount64;
        while (true)
        {
            if (FileLock.TryTake(_destination.LockOf(file)) is FileLock held)
                return held;
            partial.Refresh();
            long now = partial.Exists ? partial.Length : 0;
            if (now != length)
                (length, since) = (now, Environment.TickCount64);
            else if (Environment.TickCount64 - since > FileLock.Patience.TotalMilliseconds)
                throw new HubException(
                    $"Another process downloads '{file.Name}' of '{_name}' and has brought nothing for " +
                    $"{FileLock.Patience.TotalMinutes:0.#} minutes. Wait until it has finished, or end it.");
            await Task.Delay(s_betweenLooks, cancellationToken).ConfigureAwait(false);
        }
    }
}
