namespace Microsoft.ML.Diffusion;

/// <summary>Sees every step of denoising, to draw or record it.</summary>
public interface IDenoisingObserver
{
    /// <summary>
    /// Called for each row before the first step (<paramref name="completedSteps"/> 0), and after each step until the row has no mask left;
    /// within a step in the order of the rows.
    /// </summary>
    /// <param name="row">Where the row stands among those asked for.</param>
    /// <param name="completedSteps">How many steps are done, 0 to <paramref name="totalSteps"/>.</param>
    /// <param name="totalSteps">The number of steps.</param>
    /// <param name="tokens">The row's tokens now; valid during the call.</param>
    void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens);
}
