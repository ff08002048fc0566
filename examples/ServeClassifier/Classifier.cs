using System.Threading.Channels;

namespace ServeClassifier;

/// <summary>The model of a file, which may be replaced while requests are served.</summary>
// <example: aspnet-reload>
internal sealed class Classifier(string path, int engines, ILogger<Classifier> logger) : IAsyncDisposable
{
    private DateTime _found = File.GetLastWriteTimeUtc(path);
    private volatile LoadedModel _model = new(path, engines, logger);

    /// <summary>When the model that is served was loaded.</summary>
    public DateTime Loaded { get; private set; } = DateTime.UtcNow;

    public async Task<Prediction> PredictAsync(string text, CancellationToken aborted)
    {
        while (true)
        {
            LoadedModel model = _model;
            try
            {
                return await model.PredictAsync(text, aborted);
            }
            catch (ChannelClosedException) when (model != _model)
            {
                // The model was replaced while the request waited for an engine: it is served by the new one.
            }
        }
    }

    /// <summary>Loads the file again if it has changed. If that fails, the old model stays.</summary>
    public async Task<bool> ReloadAsync()
    {
        DateTime found = File.GetLastWriteTimeUtc(path);
        if (found == _found)
            return false;
        _found = found; // a file that cannot be loaded is tried once
        LoadedModel old = _model;
        _model = new LoadedModel(path, engines, logger);
        Loaded = DateTime.UtcNow;
        await old.DisposeAsync();
        return true;
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();
}
// </example>
