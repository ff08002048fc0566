namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>What reading damaged files gave.</summary>
internal sealed class MutantReport
{
    public int Loaded { get; set; }

    public int Refused { get; set; }

    /// <summary>The most bytes that reading one file allocated.</summary>
    public long MostAllocated { get; set; }

    /// <summary>Wrong exceptions, messages and allocations.</summary>
    public List<string> Failures { get; } = [];

    public override string ToString() =>
        $"{Loaded} loaded, {Refused} were refused, {Failures.Count} failed; at most {MostAllocated:N0} bytes allocated";
}
