namespace Microsoft.ML.Diffusion.Writing;

/// <summary>The common options of estimators that write and have nothing to train.</summary>
internal interface IWriterOptions
{
    /// <summary>The model.</summary>
    EncoderModel Model { get; }

    /// <summary>The number of texts for each row.</summary>
    int Samples { get; }

    /// <summary>The column of traces; null for none.</summary>
    string? TraceColumnName { get; }

    /// <summary>Cancels Fit, and afterwards the transformer.</summary>
    CancellationToken CancellationToken { get; }

    /// <summary>The number of threads; 0 for one per processor.</summary>
    int Threads { get; }

    /// <summary>The seed of all noise; null draws one.</summary>
    int? Seed { get; }
}
