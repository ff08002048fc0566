using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>A denoiser whose engine may draw tokens where it computes the logits, which then need not be read.</summary>
internal interface IDrawingDenoiser : IDenoiser
{
    /// <summary>Whether <see cref="Draw"/> is supported; it does not change.</summary>
    bool CanDraw { get; }

    /// <summary>Runs the model on <paramref name="batch"/> and draws a token at each of the requested rows.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="rows">Positions in <c>batch.Tokens</c>, ascending.</param>
    /// <param name="settings">How tokens are drawn.</param>
    /// <param name="banned">Ids that are never drawn.</param>
    /// <param name="requests">What is requested of each row, [rows].</param>
    /// <param name="drawn">What is drawn, [rows]: see <see cref="Executor.Draw"/>.</param>
    /// <param name="cancellationToken">Checked while the model runs.</param>
    void Draw(RaggedTokens batch, ReadOnlySpan<int> rows, in DrawSettings settings, ReadOnlySpan<int> banned,
        ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn, CancellationToken cancellationToken);
}
