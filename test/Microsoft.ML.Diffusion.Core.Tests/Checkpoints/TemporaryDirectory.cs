namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

/// <summary>A directory for one test, removed with all it holds.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;

    public string this[string name] => System.IO.Path.Combine(_path, name);

    public string Path => _path;

    /// <summary>Everything below the directory, hidden files included, as relative paths in order.</summary>
    public string[] Listing() =>
        [.. Directory.EnumerateFileSystemEntries(_path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(entry => System.IO.Path.GetRelativePath(_path, entry).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
