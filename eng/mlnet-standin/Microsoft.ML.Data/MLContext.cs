using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Where everything starts: catalogs, seed, log.</summary>
public sealed class MLContext : IHostEnvironmentInternal
{
    private readonly Host _host;

    public MLContext(int? seed = null)
    {
        _host = new Host(this, null, null, seed is int value ? new Random(value) : new Random()) { Seed = seed };
        Data = new DataOperationsCatalog(_host);
        Model = new ModelOperationsCatalog(_host);
        Transforms = new TransformsCatalog(_host);
        MulticlassClassification = new MulticlassClassificationCatalog(_host);
        Regression = new RegressionCatalog(_host);
    }

    public event EventHandler<LoggingEventArgs> Log;
    public DataOperationsCatalog Data { get; }
    public ModelOperationsCatalog Model { get; }
    public TransformsCatalog Transforms { get; }
    public MulticlassClassificationCatalog MulticlassClassification { get; }
    public RegressionCatalog Regression { get; }
    public ComponentCatalog ComponentCatalog => _host.ComponentCatalog;

    public int? GpuDeviceId
    {
        get => _host.GpuDeviceId;
        set => _host.GpuDeviceId = value;
    }

    public bool FallbackToCpu
    {
        get => _host.FallbackToCpu;
        set => _host.FallbackToCpu = value;
    }

    int? IHostEnvironmentInternal.Seed => _host.Seed;

    internal void CancelExecution() => ((ICancelable)_host).CancelExecution();
    TException IExceptionContext.Process<TException>(TException ex) => _host.Process(ex);
    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => _host.Register(name, seed, verbose);
    IChannel IChannelProvider.Start(string name) => _host.Start(name);
    IProgressChannel IProgressChannelProvider.StartProgressChannel(string name) => _host.StartProgressChannel(name);

    /// <summary>The context's own environment, and those that components register under it.</summary>
    private sealed class Host : IHost, IHostEnvironmentInternal, ICancelable
    {
        private readonly MLContext _context;
        private readonly string _name;
        private readonly Lock _lock = new();
        private readonly List<WeakReference<Host>> _children = [];
        private volatile bool _canceled;

        public Host(MLContext context, Host parent, string name, Random random)
        {
            _context = context;
            _name = name;
            Rand = random;
            ComponentCatalog = parent?.ComponentCatalog ?? NewCatalog();
            Seed = parent?.Seed;
            GpuDeviceId = parent?.GpuDeviceId;
            FallbackToCpu = parent?.FallbackToCpu ?? true;
        }

        public ComponentCatalog ComponentCatalog { get; }
        public Random Rand { get; }
        public int? Seed { get; init; }
        public int? GpuDeviceId { get; set; }
        public bool FallbackToCpu { get; set; }
        public bool IsCanceled => _canceled;

        public IHost Register(string name, int? seed = null, bool? verbose = null)
        {
            Contracts.CheckNonEmpty(name, nameof(name));
            lock (_lock)
            {
                var child = new Host(_context, this, name, new Random(seed ?? Rand.Next()));
                if (!_canceled)
                {
                    _children.RemoveAll(c => !c.TryGetTarget(out _));
                    _children.Add(new WeakReference<Host>(child));
                }
                return child;
            }
        }

        public void CancelExecution()
        {
            lock (_lock)
            {
                foreach (WeakReference<Host> child in _children)
                {
                    if (child.TryGetTarget(out Host host))
                        host.CancelExecution();
                }
                _children.Clear();
                _canceled = true;
            }
        }

        public TException Process<TException>(TException ex)
            where TException : Exception
        {
            ex?.Data["Throwing component"] = _name;
            return ex;
        }

        public IChannel Start(string name) => new Channel(this, _name is null ? name : $"{_name}; {name}");
        public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

        public void Dispatch(ChannelMessage message, string source) =>
            _context.Log?.Invoke(_context, new LoggingEventArgs(message.Message, message.Kind, source));

        private static ComponentCatalog NewCatalog()
        {
            var catalog = new ComponentCatalog();
            catalog.RegisterAssembly(typeof(MLContext).Assembly);
            return catalog;
        }
    }

    /// <summary>Hands messages to the context's log.</summary>
    private sealed class Channel(Host host, string name) : IChannel
    {
        public TException Process<TException>(TException ex)
            where TException : Exception => host.Process(ex);

        public void Send(ChannelMessage msg) => host.Dispatch(msg, name);
        public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Warning, sensitivity, fmt));
        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Warning(sensitivity, Format(fmt, args));
        public void Info(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Info, sensitivity, fmt));
        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Info(sensitivity, Format(fmt, args));

        public void Dispose() { }

        private static string Format(string fmt, object[] args) => string.Format(CultureInfo.CurrentCulture, fmt, args);
    }

    /// <summary>Takes reports that nobody asks for: as in ML.NET, only a console environment would show them.</summary>
    private sealed class ProgressChannel : IProgressChannel
    {
        public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

        public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction) { }

        public void Checkpoint(params double?[] values) { }

        public void Dispose() { }
    }
}
