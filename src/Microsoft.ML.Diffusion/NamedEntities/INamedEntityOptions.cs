namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>The output columns and the windows for named entities, of a trainer or of a fine-tuned model.</summary>
internal interface INamedEntityOptions
{
    /// <summary>The output column for the label of each word.</summary>
    string OutputColumnName { get; }

    /// <summary>The output column for the probability of each word's label.</summary>
    string ScoreColumnName { get; }

    /// <summary>The output column for the words.</summary>
    string WordColumnName { get; }

    /// <summary>The output column for the type of each entity.</summary>
    string EntityTypeColumnName { get; }

    /// <summary>The output column for the text of each entity.</summary>
    string EntityTextColumnName { get; }

    /// <summary>The output column for the start of each entity.</summary>
    string EntityStartColumnName { get; }

    /// <summary>The output column for the length of each entity.</summary>
    string EntityLengthColumnName { get; }

    /// <summary>The output column for the score of each entity.</summary>
    string EntityScoreColumnName { get; }

    /// <summary>How a text is split into words; null for the default.</summary>
    Tasks.WordSplitting? Splitting { get; }

    /// <summary>The maximum number of tokens that are read together; 0 for the model's maximum.</summary>
    int MaxLength { get; }

    /// <summary>The maximum number of tokens that neighboring windows share; null for a quarter of a window.</summary>
    int? StrideOverlap { get; }
}
