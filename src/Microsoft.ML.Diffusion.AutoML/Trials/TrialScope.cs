using System.Runtime.CompilerServices;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// The observer and the token of a trial. A trial has a context of its own, and AutoML hands nothing else to the functions that make
/// estimators, so both are found by the context.
/// </summary>
/// <param name="Observer">Is told how the trainings go; null for none.</param>
/// <param name="CancellationToken">
/// Cancels the trial, at once: its context would have to be asked, on a timer that a busy machine may call late.
/// </param>
internal sealed record TrialScope(IProgress<TrainingProgress>? Observer, CancellationToken CancellationToken)
{
    private static readonly ConditionalWeakTable<MLContext, TrialScope> s_scopes = [];

    /// <summary>Gives a context its trial.</summary>
    public static void Set(MLContext context, TrialScope scope) => s_scopes.Add(context, scope);

    /// <summary>The trial of a context; an empty one, where AutoML's own runner made the context.</summary>
    public static TrialScope Of(MLContext context) =>
        s_scopes.TryGetValue(context, out TrialScope? scope) ? scope : new TrialScope(null, CancellationToken.None);

    /// <summary>The observer and another as one; null where there is neither.</summary>
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
