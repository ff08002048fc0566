namespace ServeClassifier;

/// <summary>Looks every few seconds whether a new model was saved.</summary>
internal sealed class ModelReload(Classifier classifier, ILogger<ModelReload> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await classifier.ReloadAsync())
                    logger.LogInformation("A new model was loaded and is served.");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "The new model cannot be loaded; the old one is served.");
            }
        }
    }
}
