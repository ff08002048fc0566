namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>Fills <paramref name="destination"/> with a tensor's elements from <paramref name="start"/> on, in row-major order.</summary>
internal delegate void TensorProducer(long start, Span<float> destination);

/// <summary>A tensor that a <see cref="SafeTensorsWriter"/> writes.</summary>
/// <param name="Name">The name, unique in the file.</param>
/// <param name="Shape">The dimensions, outermost first; empty for a scalar.</param>
/// <param name="ElementType">How the elements are stored; the 2-byte types round to nearest, ties to even.</param>
/// <param name="Produce">Produces the elements block by block, in order, each once, so that a model is never in memory twice.</param>
internal sealed record TensorToWrite(string Name, IReadOnlyList<long> Shape, ElementType ElementType, TensorProducer Produce)
{
    /// <summary>A tensor whose elements are in memory.</summary>
    public static TensorToWrite FromMemory(string name, IReadOnlyList<long> shape, ElementType elementType, ReadOnlyMemory<float> elements)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long product = 1;
        foreach (long dimension in shape)
            product = checked(product * dimension);
        if (product != elements.Length)
            throw new ArgumentException(
                $"Tensor '{name}' of shape {Messages.Shape([.. shape])} needs {product:N0} elements; {elements.Length:N0} were given.",
                nameof(elements));
        return new TensorToWrite(name, shape, elementType,
            (start, destination) => elements.Span.Slice((int)start, destination.Length).CopyTo(destination));
    }
}
