namespace Microsoft.ML.Runtime;

/// <summary>Marks the exceptions of one component as its own.</summary>
public interface IExceptionContext
{
    TException Process<TException>(TException ex)
        where TException : Exception;
}

/// <summary>Starts channels for messages.</summary>
public interface IChannelProvider : IExceptionContext
{
    IChannel Start(string name);
}

/// <summary>What components are given of the context they run in.</summary>
public interface IHostEnvironment : IChannelProvider, IProgressChannelProvider
{
    ComponentCatalog ComponentCatalog { get; }
    IHost Register(string name, int? seed = null, bool? verbose = null);
}

/// <summary>The environment of one component, with random numbers of its own.</summary>
public interface IHost : IHostEnvironment
{
    Random Rand { get; }
}

/// <summary>What ML.NET's own components know of an environment besides.</summary>
internal interface IHostEnvironmentInternal : IHostEnvironment
{
    int? Seed { get; }
    int? GpuDeviceId { get; set; }
    bool FallbackToCpu { get; set; }
}

/// <summary>Work that can be told to stop.</summary>
internal interface ICancelable
{
    bool IsCanceled { get; }
    void CancelExecution();
}
