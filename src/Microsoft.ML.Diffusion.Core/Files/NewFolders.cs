namespace Microsoft.ML.Diffusion.Files;

/// <summary>Creates a folder and its parents; unless confirmed, the created folders are removed again if empty.</summary>
internal sealed class NewFolders : IDisposable
{
    private readonly List<string> _made = []; // the innermost first

    public NewFolders(string folder)
    {
        for (string? missing = folder; missing is { Length: > 0 } && !Directory.Exists(missing); missing = Path.GetDirectoryName(missing))
            _made.Add(missing);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Keep() => _made.Clear();

    public void Dispose()
    {
        foreach (string folder in _made)
        {
            try
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not empty, or this user may not remove it.
                break;
            }
        }
    }
}
