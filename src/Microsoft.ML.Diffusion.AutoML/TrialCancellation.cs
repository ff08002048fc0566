using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// What cancels a trial, found by its context, as <see cref="TrialObserver"/> is: so that it need not be asked for on a timer, which a busy
/// machine may call late.
/// </summary>
internal static class TrialCancellation
{
    private static readonly ConditionalWeakTable<MLContext, StrongBox<CancellationToken>> s_tokens = [];

    /// <summary>Says what cancels the trial of a context.</summary>
    public static void Set(MLContext context, CancellationToken cancellationToken) => s_tokens.Add(context, new StrongBox<CancellationToken>(cancellationToken));

    /// <summary>What cancels it; nothing that is known of, where AutoML's own runner made the context.</summary>
    public static CancellationToken Of(MLContext context) => s_tokens.TryGetValue(context, out StrongBox<CancellationToken>? token) ? token.Value : CancellationToken.None;
}
