using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>Asks the context after every step of denoising whether to go on: a <see cref="CancellationWatch"/>, which asks now and then, is for steps that take long.</summary>
/// <param name="host">Who is asked.</param>
/// <param name="next">Sees the steps too.</param>
internal sealed class AliveCheck(IHost host, IDenoisingObserver? next) : IDenoisingObserver
{
    public bool NeedsLogProbabilities => next is { NeedsLogProbabilities: true };

    public void OnWritten(int row, ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities) => next?.OnWritten(row, positions, logProbabilities);

    public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
    {
        next?.OnStep(row, completedSteps, totalSteps, tokens);
        host.CheckAlive();
    }
}
