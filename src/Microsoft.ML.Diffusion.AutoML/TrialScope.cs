using System.Runtime.CompilerServices;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Who watches the trainings of a trial, and what cancels it. A trial has a context of its own, and AutoML hands nothing else to what makes
/// the estimators: so both are found by the context.
/// </summary>
/// <param name="Observer">Is told how the trainings go; null for nobody.</param>
/// <param name="CancellationToken">Cancels the trial, at once: its context would have to be asked, on a timer that a busy machine may call late.</param>
internal sealed record TrialScope(IProgress<TrainingProgress>? Observer, CancellationToken CancellationToken)
{
    private static readonly ConditionalWeakTable<MLContext, TrialScope> s_scopes = [];

    /// <summary>Says what is known of a context's trial.</summary>
    public static void Set(MLContext context, TrialScope scope) => s_scopes.Add(context, scope);

    /// <summary>What is known; nothing, where AutoML's own runner made the context.</summary>
    public static TrialScope Of(MLContext context) => s_scopes.TryGetValue(context, out TrialScope? scope) ? scope : new TrialScope(null, CancellationToken.None);

    /// <summary>Who is told: the observer, another, both or nobody.</summary>
    public IProgress<TrainingProgress>? ObserverAnd(IProgress<TrainingProgress>? other) => Observer is null || other is null ? Observer ?? other : new Both(other, Observer);

    private sealed class Both(IProgress<TrainingProgress> first, IProgress<TrainingProgress> second) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            first.Report(value);
            second.Report(value);
        }
    }
}
