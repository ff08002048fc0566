namespace Microsoft.ML.Runtime;

/// <summary>What a message may tell of.</summary>
[Flags]
public enum MessageSensitivity
{
    Unknown = ~0,
}

/// <summary>How grave a message is.</summary>
public enum ChannelMessageKind
{
    Trace = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// <summary>A message sent through a channel.</summary>
public readonly struct ChannelMessage
{
    public readonly ChannelMessageKind Kind;
    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string message) => (Kind, Message) = (kind, message);
    public string Message { get; }
}

/// <summary>Takes messages of one type until it is disposed.</summary>
public interface IPipe<TMessage> : IExceptionContext, IDisposable
{
    void Send(TMessage msg);
}

/// <summary>Takes what a component has to say.</summary>
public interface IChannel : IPipe<ChannelMessage>
{
    void Warning(MessageSensitivity sensitivity, string fmt);
    void Warning(MessageSensitivity sensitivity, string fmt, params object[] args);
    void Info(MessageSensitivity sensitivity, string fmt);
    void Info(MessageSensitivity sensitivity, string fmt, params object[] args);
}

/// <summary>The shorter forms that components use.</summary>
internal static class HostExtensions
{
    public static void Warning(this IChannel ch, string fmt) => ch.Warning(MessageSensitivity.Unknown, fmt);
    public static void Warning(this IChannel ch, string fmt, params object[] args) => ch.Warning(MessageSensitivity.Unknown, fmt, args);
    public static void Info(this IChannel ch, string fmt, params object[] args) => ch.Info(MessageSensitivity.Unknown, fmt, args);
}
