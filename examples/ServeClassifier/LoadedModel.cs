using System.Threading.Channels;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Runtime;

namespace ServeClassifier;

/// <summary>A model and its prediction engines. An engine serves one request at a time; all share the model's weights.</summary>
// <example: aspnet-pool>
internal sealed class LoadedModel : IAsyncDisposable
{
    private readonly Channel<PredictionEngine<Review, JudgedReview>> _engines =
        Channel.CreateUnbounded<PredictionEngine<Review, JudgedReview>>();
    private readonly ITransformer _model;
    private readonly int _count;
    private readonly string[] _labels;

    public LoadedModel(string path, int engines, ILogger logger)
    {
        var mlContext = new MLContext();
        mlContext.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                logger.LogWarning("{Message}", e.Message);
        };
        _model = mlContext.Model.Load(path, out _);
        _count = engines;
        // One thread for each request, and as many requests at once as there are engines.
        ((TransformerChain<ITransformer>)_model).OfType<BertTextClassificationTransformer>().Single().Threads = 1;

        VBuffer<ReadOnlyMemory<char>> labels = default;
        for (int i = 0; i < engines; i++)
        {
            // The engine must not dispose the model, which the other engines use.
            PredictionEngine<Review, JudgedReview> engine = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(
                _model, new PredictionEngineOptions { OwnsTransformer = false });
            engine.Predict(new Review { Text = "The first prediction compiles code and allocates memory, and so it is made here." });
            engine.OutputSchema["Score"].GetSlotNames(ref labels);
            _engines.Writer.TryWrite(engine);
        }
        _labels = [.. labels.DenseValues().Select(label => label.ToString())];
    }

    /// <summary>Waits for a free engine, unless the request is aborted, and predicts.</summary>
    public async Task<Prediction> PredictAsync(string text, CancellationToken aborted)
    {
        PredictionEngine<Review, JudgedReview> engine = await _engines.Reader.ReadAsync(aborted);
        try
        {
            JudgedReview judged = engine.Predict(new Review { Text = text });
            return new Prediction(judged.Predicted, judged.Score.Max(), _labels.Zip(judged.Score).ToDictionary());
        }
        finally
        {
            _engines.Writer.TryWrite(engine);
        }
    }

    /// <summary>Waits for the requests that are being computed, and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < _count; i++)
            (await _engines.Reader.ReadAsync()).Dispose();
        _engines.Writer.Complete();
        (_model as IDisposable)?.Dispose();
    }
}
// </example>
