namespace Microsoft.ML.Diffusion;

/// <summary>What <see cref="WritingCatalog.EvaluateWriting"/> measures.</summary>
public sealed class WritingEvaluationOptions
{
    /// <summary>n, the longest run of words of distinct-n and self-BLEU, and the length of those that repetition is of; 4 is usual.</summary>
    public int LongestRun { get; set; } = 4;

    /// <summary>
    /// A model to judge the texts by, the embedded one or a Hugging Face directory with a masked-language head; null for none. One that wrote
    /// the texts itself likes them too much.
    /// </summary>
    public EncoderModel? Model { get; set; }

    /// <summary>How many texts the model judges, the first ones; 0 for all. It runs once for each of their tokens.</summary>
    public int JudgedTexts { get; set; } = 100;

    /// <summary>How many threads the model computes on; 0 for one a processor. What is measured does not depend on it.</summary>
    public int Threads { get; set; }

    /// <summary>Cancels the evaluation, which then throws an <see cref="OperationCanceledException"/> within a fraction of a second.</summary>
    public CancellationToken CancellationToken { get; set; }
}
