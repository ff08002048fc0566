using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>
/// Draws where the logits are computed, so that of each row a few numbers are read instead of a vocabulary of logits. It does what
/// <see cref="TokenFilter"/> does on the host, from the same uniforms. It holds buffers: use one instance per thread.
/// </summary>
internal sealed class DeviceDraws
{
    private readonly IDrawingDenoiser _denoiser;
    private readonly DrawSettings _settings;
    private readonly int[] _banned;
    private readonly int _topK;
    private DrawRequest[] _requests = new DrawRequest[64];
    private DrawnToken[] _drawn = new DrawnToken[64];
    private int _count;

    private DeviceDraws(IDrawingDenoiser denoiser, DenoisingSettings settings, int[] banned)
    {
        (_denoiser, _banned, _topK) = (denoiser, banned, settings.TopK);
        _settings = new DrawSettings(settings.Temperature, settings.TopP, settings.Sampler.Score switch
        {
            ConfidenceScore.MaxProbability => DrawScore.MaxProbability,
            ConfidenceScore.Margin => DrawScore.Margin,
            ConfidenceScore.NegativeEntropy => DrawScore.NegativeEntropy,
            _ => DrawScore.None,
        });
    }

    /// <summary>
    /// Makes one, or returns null if the denoiser cannot draw, or the settings change the logits on the host: guidance joins two rows of
    /// them, and the repetition penalty depends on all tokens of a row.
    /// </summary>
    public static DeviceDraws? TryCreate(IDenoiser denoiser, DenoisingSettings settings, int[] banned) =>
        denoiser is IDrawingDenoiser { CanDraw: true } drawing && settings.Guidance == 0 && settings.RepetitionPenalty == 1
            ? new DeviceDraws(drawing, settings, banned)
            : null;

    /// <summary>Removes all requests.</summary>
    public void Clear() => _count = 0;

    /// <summary>Appends a request.</summary>
    /// <param name="uniform">The draw's uniform in (0, 1).</param>
    /// <param name="topK">How many of the most likely tokens stay, if fewer than by the settings; 0 for no further limit.</param>
    /// <param name="banned">An id that is banned for this draw; −1 for none.</param>
    public void Add(double uniform, int topK, int banned)
    {
        if (_count == _requests.Length)
        {
            Array.Resize(ref _requests, 2 * _count);
            Array.Resize(ref _drawn, 2 * _count);
        }
        int least = topK == 0 ? _topK : _topK == 0 ? topK : Math.Min(topK, _topK);
        _requests[_count++] = new DrawRequest(uniform, least, banned);
    }

    /// <summary>Runs the denoiser and draws a token for each request.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="rows">The position of each request in <c>batch.Tokens</c>, ascending.</param>
    /// <param name="cancellationToken">Checked while the model runs.</param>
    /// <returns>What is drawn, [rows]; valid until the next call.</returns>
    public ReadOnlySpan<DrawnToken> Draw(RaggedTokens batch, ReadOnlySpan<int> rows, CancellationToken cancellationToken)
    {
        Span<DrawnToken> drawn = _drawn.AsSpan(0, _count);
        _denoiser.Draw(batch, rows, _settings, _banned, _requests.AsSpan(0, _count), drawn, cancellationToken);
        return drawn;
    }
}
