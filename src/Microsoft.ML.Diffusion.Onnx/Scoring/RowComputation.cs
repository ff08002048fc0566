namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The computation of one cursor's added columns, for one thread.</summary>
internal abstract class RowComputation
{
    /// <summary>Computes all columns of the row that the input is on.</summary>
    public abstract void Compute();

    /// <summary>Creates the getter of a column, which calls <paramref name="current"/> before it reads what was computed.</summary>
    /// <param name="column">The index of the column.</param>
    /// <param name="current">Computes the current row, if it is not computed yet.</param>
    public abstract Delegate MakeGetter(int column, Action current);
}
