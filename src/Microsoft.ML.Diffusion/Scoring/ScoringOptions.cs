namespace Microsoft.ML.Diffusion;

/// <summary>The options of estimators that apply a fine-tuned model.</summary>
public abstract class ScoringOptions
{
    private protected ScoringOptions()
    {
    }

    /// <summary>The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</summary>
    public required EncoderModel Model { get; set; }

    /// <summary>
    /// Cancels Fit, and afterwards the transformer's cursors. The token is read when Fit is called, so another may be set for the next Fit.
    /// It is not saved. To use the transformer after this token is canceled, set the transformer's own CancellationToken.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// The number of threads; 0 for one per processor. Results do not depend on it, and it is not saved: a loaded model uses all
    /// processors, or the number in its transformer's Threads.
    /// </summary>
    public int Threads { get; set; }
}
