using System.Collections.ObjectModel;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>The tensors of another source, by names without the prefix that all of them share.</summary>
internal sealed class UnwrappedTensors : TensorSource
{
    private readonly TensorSource _wrapped;

    /// <summary>Takes a source over, and owns it.</summary>
    /// <param name="wrapped">The source; every one of its names begins with the prefix.</param>
    /// <param name="prefix">The prefix of a wrapper, such as <c>module.</c></param>
    public UnwrappedTensors(TensorSource wrapped, string prefix)
    {
        _wrapped = wrapped;
        Entries = new ReadOnlyDictionary<string, TensorEntry>(
            wrapped.Entries.ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value, StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public override string Name => _wrapped.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _wrapped.Metadata;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _wrapped.Dispose();

    internal override void ReadElements(TensorEntry entry, long start, Span<float> destination) =>
        _wrapped.ReadElements(entry, start, destination);
}
