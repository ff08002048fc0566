namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>Lowers the logits of tokens that are already in a row: see <see cref="DenoisingSettings.RepetitionPenalty"/>.</summary>
/// <param name="vocabularySize">The number of logits in a row.</param>
/// <param name="penalty">The divisor of the odds.</param>
/// <param name="except">An id that is never lowered, or −1: the end of the text, which also fills finished rows.</param>
internal sealed class RepetitionPenalty(int vocabularySize, double penalty, int except)
{
    private readonly float _logPenalty = (float)Math.Log(penalty);
    private readonly bool[] _isPresent = new bool[vocabularySize];
    private readonly List<int> _present = [];

    /// <summary>Records the tokens of a row.</summary>
    public void Begin(ReadOnlySpan<int> tokens)
    {
        foreach (int token in _present)
            _isPresent[token] = false;
        _present.Clear();
        foreach (int token in tokens)
        {
            if (token == except || (uint)token >= (uint)_isPresent.Length || _isPresent[token])
                continue;
            _isPresent[token] = true;
            _present.Add(token);
        }
    }

    /// <summary>Lowers a position's logits, [vocabulary].</summary>
    public void Apply(Span<float> logits)
    {
        foreach (int token in _present)
            logits[token] -= _logPenalty;
    }
}
