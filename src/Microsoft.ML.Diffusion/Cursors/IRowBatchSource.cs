using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>Adds columns to rows, several rows at a time.</summary>
internal interface IRowBatchSource
{
    /// <summary>The verb for computed rows in the log: "written".</summary>
    string Done { get; }

    /// <summary>The largest number of rows that are worth computing together.</summary>
    int LargestBatch { get; }

    /// <summary>The time between two log lines about a cursor's progress.</summary>
    TimeSpan ReportInterval { get; }

    /// <summary>The input columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema);

    /// <summary>The added columns.</summary>
    DataViewSchema.DetachedColumn[] OutputColumns { get; }

    /// <summary>Fails if no more rows should be read.</summary>
    /// <exception cref="OperationCanceledException">The work was canceled.</exception>
    void CheckAlive();

    /// <summary>Creates a batch for one cursor.</summary>
    /// <param name="input">The row that the batch reads.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="mayNotBeDisposed">
    /// Whether the batch may never be disposed, so that it must log a warning immediately: prediction engines do not dispose their mappers.
    /// </param>
    RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed);

    /// <summary>The reason why no ONNX graph computes the added columns, and what to do; null if one does.</summary>
    string? FindOnnxProblem();

    /// <summary>Adds the nodes that compute the added columns to the graph that ML.NET's converter builds.</summary>
    /// <param name="context">The graph, which has the input's columns.</param>
    /// <param name="input">The input's schema.</param>
    /// <exception cref="NotSupportedException">No graph computes them; the message says why.</exception>
    void SaveAsOnnx(OnnxContext context, DataViewSchema input);
}
