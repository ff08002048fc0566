namespace Microsoft.ML.Diffusion;

/// <summary>Sees every step of denoising, to draw or record it.</summary>
public interface IDenoisingObserver
{
    /// <summary>Whether <see cref="OnWritten"/> needs probabilities, which take a little time to compute.</summary>
    bool NeedsLogProbabilities => false;

    /// <summary>
    /// Called for each row before the first step (<paramref name="completedSteps"/> is 0), and after each step until the row has no mask
    /// left; within a step, in row order.
    /// </summary>
    /// <param name="row">The row's index among those requested.</param>
    /// <param name="completedSteps">How many steps are done, 0 to <paramref name="totalSteps"/>.</param>
    /// <param name="totalSteps">The number of steps.</param>
    /// <param name="tokens">The row's tokens now; valid during the call.</param>
    void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens);

    /// <summary>
    /// Called before <see cref="OnStep"/> if the step wrote tokens, even the same ones again. The fill after the end of the text is not
    /// among them.
    /// </summary>
    /// <param name="row">The row's index among those requested.</param>
    /// <param name="positions">The positions written, in any order; valid during the call.</param>
    /// <param name="logProbabilities">
    /// The log-probability of each token, nats, as the denoiser gave it, before temperature, top-k and top-p; NaN unless
    /// <see cref="NeedsLogProbabilities"/>; valid during the call.
    /// </param>
    void OnWritten(int row, ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities)
    {
    }
}
