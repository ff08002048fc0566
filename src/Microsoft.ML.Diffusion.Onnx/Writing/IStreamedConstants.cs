namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>A graph that reads its constants when it is written, one at a time, so that a model is never in memory twice.</summary>
internal interface IStreamedConstants
{
    /// <summary>Adds a constant of the type in which the graph stores floats.</summary>
    /// <param name="name">The wished name.</param>
    /// <param name="dimensions">Its dimensions.</param>
    /// <param name="read">Reads the values, row by row; called whenever the graph is written.</param>
    /// <returns>The value's name.</returns>
    string AddConstant(string name, ReadOnlySpan<long> dimensions, Func<float[]> read);

    /// <summary>Adds a constant of bytes.</summary>
    /// <param name="name">The wished name.</param>
    /// <param name="dimensions">Its dimensions; none for a scalar.</param>
    /// <param name="isSigned">Whether the bytes are signed.</param>
    /// <param name="read">Reads the values, row by row; called whenever the graph is written.</param>
    /// <returns>The value's name.</returns>
    string AddConstant(string name, ReadOnlySpan<long> dimensions, bool isSigned, Func<byte[]> read);
}
