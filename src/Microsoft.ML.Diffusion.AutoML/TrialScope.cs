using System.Runtime.CompilerServices;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Who watches the trainings of a trial. A trial has a context of its own, and AutoML hands nothing else to what makes the estimators: so
/// the observer is found by the context.
/// </summary>
internal static class TrialObserver
{
    private static readonly ConditionalWeakTable<MLContext, IProgress<TrainingProgress>> s_observers = [];

    /// <summary>Has the trainings of a context watched.</summary>
    public static void Set(MLContext context, IProgress<TrainingProgress> observer) => s_observers.Add(context, observer);

    /// <summary>Who is told: the context's observer, another, both or nobody.</summary>
    public static IProgress<TrainingProgress>? Of(MLContext context, IProgress<TrainingProgress>? other)
    {
        if (!s_observers.TryGetValue(context, out IProgress<TrainingProgress>? observer))
            return other;
        return other is null ? observer : new Both(other, observer);
    }

    private sealed class Both(IProgress<TrainingProgress> first, IProgress<TrainingProgress> second) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            first.Report(value);
            second.Report(value);
        }
    }
}
