namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>What adds columns to rows that it computes several at a time.</summary>
internal interface IRowBatchSource
{
    /// <summary>What is done to rows, for the log: "written".</summary>
    string Done { get; }

    /// <summary>The most rows that are worth computing together.</summary>
    int LargestBatch { get; }

    /// <summary>The time between two lines of Info about how far a cursor has come.</summary>
    TimeSpan ReportInterval { get; }

    /// <summary>The columns that are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is missing, or of another type.</exception>
    IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema);

    /// <summary>The columns that are added.</summary>
    DataViewSchema.DetachedColumn[] OutputColumns { get; }

    /// <summary>Fails where rows are not to be read any more.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void CheckAlive();

    /// <summary>A batch for one cursor.</summary>
    /// <param name="input">The rows that it reads.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="mayNotBeDisposed">
    /// Whether the batch may never be disposed, so that a warning must come at once: prediction engines do not dispose their mappers.
    /// </param>
    RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed);
}
