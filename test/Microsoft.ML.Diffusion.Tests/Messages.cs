using System.Collections;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What a context logs of one kind, from now on; but that a training has few steps, as most tests' have.</summary>
internal sealed class Messages : IReadOnlyList<string>
{
    /// <summary>What that warning begins with.</summary>
    public const string FewSteps = "The training has only ";

    private readonly List<string> _messages = [];

    public Messages(MLContext mlContext, ChannelMessageKind kind) => mlContext.Log += (_, e) =>
    {
        if (e.Kind != kind || e.RawMessage.StartsWith(FewSteps, StringComparison.Ordinal))
            return;
        lock (_messages)
            _messages.Add(e.RawMessage);
    };

    public int Count => _messages.Count;

    public string this[int index] => _messages[index];

    public IEnumerator<string> GetEnumerator() => _messages.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
