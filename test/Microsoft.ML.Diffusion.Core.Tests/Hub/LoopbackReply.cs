using System.Text;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>What a server sends.</summary>
internal sealed record LoopbackReply(int Status, byte[]? Content = null)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>After how many bytes of the content the connection breaks.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>Whether the server falls silent there instead, with the connection open.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Whether the length is not stated, and the content ends with the connection.</summary>
    public bool HidesLength { get; init; }

    public static LoopbackReply Text(int status, string text) => new(status, Encoding.UTF8.GetBytes(text));

    public static LoopbackReply Redirect(int status, string location) => new(status) { Headers = { ["Location"] = location } };

    public LoopbackReply With(string header, string value) => this with { Headers = new(Headers) { [header] = value } };
}
