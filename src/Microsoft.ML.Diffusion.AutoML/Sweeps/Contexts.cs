using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Sweeps;

/// <summary>Creates contexts for parts of a sweep.</summary>
internal static class Contexts
{
    /// <summary>Creates a context with the engine of another context, which also receives its log.</summary>
    /// <param name="other">The other context.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="name">The source of its log messages.</param>
    public static MLContext Like(MLContext other, int? seed, string name)
    {
        var context = new MLContext(seed) { GpuDeviceId = other.GpuDeviceId, FallbackToCpu = other.FallbackToCpu };
        context.Log += (_, message) =>
        {
            using IChannel channel = ((IChannelProvider)other).Start(name);
            channel.Send(new ChannelMessage(message.Kind, MessageSensitivity.Unknown, message.RawMessage));
        };
        return context;
    }
}
