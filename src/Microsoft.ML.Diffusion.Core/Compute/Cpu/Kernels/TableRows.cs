namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The rows of a table for the rows of a tensor: the first row plus an index each, or the first row alone.</summary>
/// <param name="indices">One index for each row of the tensor; null for none.</param>
/// <param name="first">The table's row for index 0.</param>
internal readonly unsafe struct TableRows(int* indices, int first)
{
    private readonly int* _indices = indices;
    private readonly int _first = first;

    public int this[long row] => _indices is null ? _first : _first + _indices[row];
}
