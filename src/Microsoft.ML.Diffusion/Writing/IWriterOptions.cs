namespace Microsoft.ML.Diffusion.Writing;

/// <summary>What the options of estimators that write, and learn nothing, have in common.</summary>
internal interface IWriterOptions
{
    /// <summary>The model.</summary>
    EncoderModel Model { get; }

    /// <summary>How many texts are written for a row.</summary>
    int Samples { get; }

    /// <summary>The column of traces; null for none.</summary>
    string? TraceColumnName { get; }

    /// <summary>Cancels Fit, and afterwards the transformer.</summary>
    CancellationToken CancellationToken { get; }

    /// <summary>How many threads compute; 0 for one a processor.</summary>
    int Threads { get; }

    /// <summary>The seed of all noise; null draws one.</summary>
    int? Seed { get; }
}
