namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>A matrix, row by row, somewhere in an array.</summary>
/// <param name="memory">The array, which views share.</param>
/// <param name="first">Where the matrix begins in it.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
public readonly struct Matrix(double[] memory, int first, int rows, int columns)
{
    /// <summary>The array.</summary>
    public double[] Memory => memory;

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Columns.</summary>
    public int Columns => columns;

    /// <summary>All elements, row by row.</summary>
    public Span<double> Elements => memory.AsSpan(first, rows * columns);

    /// <summary>An element.</summary>
    public ref double this[int row, int column] => ref memory[first + row * columns + column];

    /// <summary>Some of the rows, sharing the memory.</summary>
    public Matrix View(int firstRow, int count) => new(memory, first + firstRow * columns, count, columns);
}
