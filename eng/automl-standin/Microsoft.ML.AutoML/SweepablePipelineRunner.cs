using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>Fits the pipeline of each trial on one part of the data, in its own context, and measures it on another.</summary>
internal sealed class SweepablePipelineRunner : ITrialRunner
{
    private MLContext _context;

    public MLContext Parent { get; set; }
    public Func<MLContext, Parameter, IEstimator<ITransformer>> Make { get; set; }
    public Func<MLContext, IDataView, double> Evaluate { get; set; }
    public IDataView Train { get; set; }
    public IDataView Validation { get; set; }

    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        MLContext context = _context = new MLContext(((IHostEnvironmentInternal)Parent).Seed)
        {
            GpuDeviceId = Parent.GpuDeviceId, FallbackToCpu = Parent.FallbackToCpu
        };
        using CancellationTokenRegistration cancellation = ct.Register(context.CancelExecution);
        using IChannel channel = ((IChannelProvider)Parent).Start(nameof(AutoMLExperiment));
        context.Log += (_, message) => channel.Send(new ChannelMessage(message.Kind, MessageSensitivity.Unknown, message.Message));
        ITransformer model = Make(context, settings.Parameter).Fit(Train);
        double metric = Evaluate(context, model.Transform(Validation));
        return Task.FromResult(new TrialResult
        {
            TrialSettings = settings, Model = model, Metric = metric, Loss = -metric, DurationInMilliseconds = watch.ElapsedMilliseconds,
        });
    }

    public void Dispose() => _context?.CancelExecution();
}
