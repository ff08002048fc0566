namespace Microsoft.ML.Diffusion;

/// <summary>Sees every step of denoising, to draw or record it.</summary>
public interface IDenoisingObserver
{
    /// <summary>Whether <see cref="OnWritten"/> is to be told probabilities, which take a little time.</summary>
    bool NeedsLogProbabilities => false;

    /// <summary>
    /// Called for each row before the first step (<paramref name="completedSteps"/> 0), and after each step until the row has no mask left;
    /// within a step in the order of the rows.
    /// </summary>
    /// <param name="row">Where the row stands among those asked for.</param>
    /// <param name="completedSteps">How many steps are done, 0 to <paramref name="totalSteps"/>.</param>
    /// <param name="totalSteps">The number of steps.</param>
    /// <param name="tokens">The row's tokens now; valid during the call.</param>
    void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens);

    /// <summary>
    /// Called before <see cref="OnStep"/> where the step wrote tokens, even the same again. What the end of the text fills up is not
    /// among them.
    /// </summary>
    /// <param name="row">Where the row stands among those asked for.</param>
    /// <param name="positions">Where, in any order; valid during the call.</param>
    /// <param name="logProbabilities">
    /// The log-probability of each token, nats, as the denoiser said it, before temperature, top-k and top-p; NaN unless
    /// <see cref="NeedsLogProbabilities"/>; valid during the call.
    /// </param>
    void OnWritten(int row, ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities)
    {
    }
}
