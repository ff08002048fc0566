using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Sweeps;

/// <summary>Contexts of their own for parts of a sweep.</summary>
internal static class Contexts
{
    /// <summary>A context with the engine of another, whose log is the other's.</summary>
    /// <param name="other">The other.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="name">What its messages come from.</param>
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
