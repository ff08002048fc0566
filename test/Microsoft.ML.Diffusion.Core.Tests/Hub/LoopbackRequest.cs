namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>A request as a server receives it.</summary>
internal sealed record LoopbackRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);

    public override string ToString() => $"{Method} {Path}{(this["Range"] is string range ? $" {range}" : "")}";
}
