using System.Runtime.CompilerServices;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// The observer and the token of a trial. AutoML passes only the trial's context to the functions that create estimators, so both are
/// looked up by the context.
/// </summary>
/// <param name="Observer">Receives the progress of the trainings; null for none.</param>
/// <param name="CancellationToken">
/// Cancels the trial immediately. The context could only be polled, by a timer that may run late on a busy machine.
/// </param>
internal sealed record TrialScope(IProgress<TrainingProgress>? Observer, CancellationToken CancellationToken)
{
    private static readonly ConditionalWeakTable<MLContext, TrialScope> s_scopes = [];

    /// <summary>Assigns a trial to a context.</summary>
    public static void Set(MLContext context, TrialScope scope) => s_scopes.Add(context, scope);

    /// <summary>The trial of a context; an empty one if AutoML's own runner created the context.</summary>
    public static TrialScope Of(MLContext context) =>
        s_scopes.TryGetValue(context, out TrialScope? scope) ? scope : new TrialScope(null, CancellationToken.None);

    /// <summary>Combines the observer with another one; null if there is neither.</summary>
    public IProgress<TrainingProgress>? ObserverAnd(IProgress<TrainingProgress>? other) =>
        Observer is null || other is null ? Observer ?? other : new Both(other, Observer);

    private sealed class Both(IProgress<TrainingProgress> first, IProgress<TrainingProgress> second) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            first.Report(value);
            second.Report(value);
        }
    }
}
