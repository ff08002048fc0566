namespace Microsoft.ML.Diffusion;

/// <summary>The options of <see cref="WritingCatalog.EvaluateWriting"/>.</summary>
public sealed class WritingEvaluationOptions
{
    /// <summary>
    /// The longest n-gram of words for distinct-n and self-BLEU, and the n-gram length for the repetition rate; 4 is usual.
    /// </summary>
    public int LongestRun { get; set; } = 4;

    /// <summary>
    /// The model that judges the texts: the embedded one or a Hugging Face directory with a masked-language head; null for none. A model
    /// that wrote the texts itself rates them too highly.
    /// </summary>
    public EncoderModel? Model { get; set; }

    /// <summary>
    /// The number of texts, from the first on, that the model judges; 0 for all. The model runs once for each of their tokens.
    /// </summary>
    public int JudgedTexts { get; set; } = 100;

    /// <summary>The number of threads for the model; 0 for one per processor. The results do not depend on it.</summary>
    public int Threads { get; set; }

    /// <summary>Cancels the evaluation, which then throws an <see cref="OperationCanceledException"/>
    /// within a fraction of a second.</summary>
    public CancellationToken CancellationToken { get; set; }
}
