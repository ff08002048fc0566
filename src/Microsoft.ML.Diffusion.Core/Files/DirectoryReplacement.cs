namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// Replaces files of a directory in one transaction. New files are collected in <c>.writing/new</c>; one rename, to <c>.writing/ready</c>,
/// commits them; then the old ones are moved to <c>.writing/old</c> and the new ones into their places. Any process that finds
/// <c>.writing/ready</c> continues with that, any number of times; one that finds <c>.writing</c> without it removes it. The caller holds a
/// lock.
/// </summary>
/// <remarks>
/// The directory itself stays, with its owner, permissions and mounts, and so do its other files: neither is ever moved. Old and new files
/// are never in it together, and <c>config.json</c> is the first to be removed and the last to be added: software unaware of this protocol
/// finds the old model, the new one, or no model. Files with the same content stay; if only one differs, a single rename does it all.
/// </remarks>
internal sealed class DirectoryReplacement
{
    private const string Name = ".writing", FirstToGo = "config.json";
    private const int PieceLength = 1 << 16;
    private readonly string _directory, _place, _ready, _old, _superseded;

    public DirectoryReplacement(string directory)
    {
        _directory = directory;
        _place = Path.Combine(directory, Name);
        New = Path.Combine(_place, "new");
        _ready = Path.Combine(_place, "ready");
        _old = Path.Combine(_place, "old");
        _superseded = Path.Combine(_place, "superseded");
    }

    /// <summary>The directory in which new files are collected.</summary>
    public string New { get; }

    /// <summary>The file whose lock a writer holds.</summary>
    public string Lock => WriteGuard.LockFor(_place);

    /// <summary>Whether new files are committed and not all in place.</summary>
    public bool IsUnderWay => Directory.Exists(_ready);

    /// <summary>Called before every step that a reader could observe.</summary>
    public Action? Stepping { get; init; }

    /// <summary>Completes what an earlier writer began: moves its files into place if they are committed, otherwise removes them.</summary>
    public void Recover()
    {
        if (IsUnderWay)
            BringIn(new Stack<(string, string)>());
        Remove();
    }

    /// <summary>
    /// Completes what an earlier writer began, and makes an empty <see cref="New"/>. Throws if leftover files cannot be removed.
    /// </summary>
    public void Begin()
    {
        if (IsUnderWay)
            BringIn(new Stack<(string, string)>());
        // All of it, or an error: an old file left there would look like one that was already moved.
        if (Directory.Exists(_place))
            Directory.Delete(_place, recursive: true);
        Directory.CreateDirectory(New);
    }

    /// <summary>Makes the files in <see cref="New"/> the directory's. If that fails, the directory is unchanged.</summary>
    /// <param name="superseded">Names of files to remove, unless they are written again.</param>
    public void Commit(IEnumerable<string> superseded)
    {
        string[] names = NamesIn(New);
        string[] going = [.. superseded.Except(names, StringComparer.Ordinal).Where(name => File.Exists(Path.Combine(_directory, name)))];
        string[] changed = [.. names.Where(name => !IsSame(Path.Combine(New, name), Path.Combine(_directory, name))).Take(2)];
        if (going.Length + changed.Length == 0)
            return;
        if (names.FirstOrDefault(name => Directory.Exists(Path.Combine(_directory, name))) is string taken)
            throw new IOException($"'{Path.Combine(_directory, taken)}' is a directory");
        File.WriteAllLines(_superseded, going);
        WriteGuard.FlushAll(_place);
        Stepping?.Invoke();
        if (going.Length == 0 && changed is [string only])
        {
            Move(Path.Combine(New, only), Path.Combine(_directory, only));
            return;
        }
        WriteGuard.MoveDirectory(New, _ready);
        var done = new Stack<(string From, string To)>();
        try
        {
            BringIn(done);
        }
        catch
        {
            while (done.TryPop(out (string From, string To) move))
                Move(move.To, move.From);
            WriteGuard.MoveDirectory(_ready, New);
            throw;
        }
    }

    /// <summary>Removes what is no longer needed.</summary>
    public void Remove()
    {
        if (!IsUnderWay)
            WriteGuard.TryDeleteDirectory(_place);
    }

    private void BringIn(Stack<(string From, string To)> done)
    {
        string[] coming = NamesIn(_ready), going = [.. coming.Concat(File.ReadAllLines(_superseded))];
        foreach (string name in going.OrderByDescending(name => name == FirstToGo))
        {
            // A file that is already moved was moved by a killed process; the one in its place is new.
            if (File.Exists(Path.Combine(_directory, name)) && !File.Exists(Path.Combine(_old, name)))
                MoveAndNote(Path.Combine(_directory, name), Path.Combine(_old, name));
        }
        foreach (string name in coming.OrderBy(name => name == FirstToGo))
            MoveAndNote(Path.Combine(_ready, name), Path.Combine(_directory, name));
        Stepping?.Invoke();
        // Before the old files are removed: they record what was moved.
        Directory.Delete(_ready, recursive: true);

        void MoveAndNote(string from, string to)
        {
            Stepping?.Invoke();
            Move(from, to);
            done.Push((from, to));
        }
    }

    private static void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to, overwrite: true);
    }

    private static string[] NamesIn(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(directory, file))
            .Order(StringComparer.Ordinal)];

    private static bool IsSame(string path, string other)
    {
        try
        {
            using FileStream left = File.OpenRead(path), right = File.OpenRead(other);
            if (left.Length != right.Length)
                return false;
            byte[] one = new byte[PieceLength], two = new byte[PieceLength];
            int read;
            while ((read = left.ReadAtLeast(one, PieceLength, throwOnEndOfStream: false)) > 0)
            {
                if (right.ReadAtLeast(two, read, throwOnEndOfStream: false) < read ||
                    !one.AsSpan(0, read).SequenceEqual(two.AsSpan(0, read)))
                    return false;
            }
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // absent or unreadable; it may still be replaced
        }
    }
}
