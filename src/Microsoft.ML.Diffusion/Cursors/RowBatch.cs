namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// Some rows of one cursor, whose output columns are computed together. Each row has a slot; what it needs of the input is read while
/// the input's cursor stands on it. For one thread at a time.
/// </summary>
internal abstract class RowBatch : IDisposable
{
    /// <summary>Reads what is needed of the input's current row.</summary>
    /// <param name="slot">Where the row is kept.</param>
    public abstract void Read(int slot);

    /// <summary>Computes the output columns of rows that were read.</summary>
    /// <param name="first">The first row's slot.</param>
    /// <param name="count">The number of rows, one or more.</param>
    /// <returns>How many were computed, from the first on; one or more.</returns>
    public abstract int Compute(int first, int count);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of an output column.</summary>
    /// <param name="column">The output column's number.</param>
    /// <param name="slot">Gives the slot of the current row, which is computed.</param>
    public abstract Delegate MakeGetter(int column, Func<int> slot);

    /// <inheritdoc/>
    public abstract void Dispose();
}
