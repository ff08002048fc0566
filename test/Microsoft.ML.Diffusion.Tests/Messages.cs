using System.Collections;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What a context logs of one kind, from now on.</summary>
internal sealed class Messages : IReadOnlyList<string>
{
    private readonly List<string> _messages = [];

    public Messages(MLContext mlContext, ChannelMessageKind kind) => mlContext.Log += (_, e) =>
    {
        if (e.Kind != kind)
            return;
        lock (_messages)
            _messages.Add(e.RawMessage);
    };

    public int Count => _messages.Count;

    public string this[int index] => _messages[index];

    public IEnumerator<string> GetEnumerator() => _messages.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
