using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>Reports progress at the start and the end of each file, and a few times each second in between.</summary>
internal sealed class ProgressReporter(IProgress<HubProgress>? progress, IReadOnlyCollection<RemoteFile> files)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);
    private readonly long _total = files.Sum(file => file.Length);
    private long _done, _reported;
    private int _filesDone;

    /// <summary>A file is complete.</summary>
    public void Complete(RemoteFile file)
    {
        _done += file.Length;
        _filesDone++;
        progress?.Report(new(file.Name, file.Length, file.Length, _done, _total, _filesDone, files.Count));
    }

    /// <summary>Some bytes of a file are here.</summary>
    public void Advance(RemoteFile file, long bytes, bool atOnce = false)
    {
        if (!atOnce && Stopwatch.GetElapsedTime(_reported) < s_interval)
            return;
        _reported = Stopwatch.GetTimestamp();
        progress?.Report(new(file.Name, bytes, file.Length, _done + bytes, _total, _filesDone, files.Count));
    }
}
