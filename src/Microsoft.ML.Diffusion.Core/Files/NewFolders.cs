namespace Microsoft.ML.Diffusion.Files;

/// <summary>Makes a folder and those above it; unless kept, those that were made and are empty are removed again.</summary>
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
                // Not empty, or not ours to remove.
                break;
            }
        }
    }
}
