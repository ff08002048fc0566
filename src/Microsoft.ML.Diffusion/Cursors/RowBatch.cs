namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// Some rows of one cursor, whose output columns are computed together. Each row has a slot; its input is read while the input's cursor is
/// on the row. For one thread at a time.
/// </summary>
internal abstract class RowBatch : IDisposable
{
    /// <summary>Reads the input's current row.</summary>
    /// <param name="slot">The slot to keep it in.</param>
    public abstract void Read(int slot);

    /// <summary>Computes the output columns of rows that have been read.</summary>
    /// <param name="first">The first row's slot.</param>
    /// <param name="count">The number of rows, one or more.</param>
    /// <returns>The number of rows computed, from the first on; one or more.</returns>
    public abstract int Compute(int first, int count);

    /// <summary>Creates a <see cref="ValueGetter{TValue}"/> of an output column.</summary>
    /// <param name="column">The index of the output column.</param>
    /// <param name="slot">Returns the slot of the current row, which is computed.</param>
    public abstract Delegate MakeGetter(int column, Func<int> slot);

    /// <inheritdoc/>
    public abstract void Dispose();
}
