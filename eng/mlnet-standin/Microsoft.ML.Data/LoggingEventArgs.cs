using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A message of the log.</summary>
public class LoggingEventArgs : EventArgs
{
    public LoggingEventArgs(string message, ChannelMessageKind kind, string source) =>
        (RawMessage, Kind, Message) = (message, kind, $"[Source={source}, Kind={kind}] {message}");

    public string Message { get; }
    public ChannelMessageKind Kind { get; }
    public string RawMessage { get; }
}
