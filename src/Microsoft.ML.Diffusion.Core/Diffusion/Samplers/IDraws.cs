namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// All random choices about a row. Their probabilities define the sampler's distribution: the product answers with noise, a test by
/// enumerating all answers. Within a step an answer depends only on the position, so a sampler may ask again, and it decides one thing per
/// position and step.
/// </summary>
internal interface IDraws
{
    /// <summary>True with a probability (clamped to [0, 1]), independently of other positions and steps.</summary>
    bool Happens(int step, int position, double probability);

    /// <summary>
    /// Moves <paramref name="count"/> of the candidates to the front, in the order drawn, drawing one after another without replacement
    /// with odds e^score.
    /// </summary>
    void DrawFirst(int step, Span<RankedPosition> candidates, int count);

    /// <summary>A uniform in (0, 1) that picks the token of a position, independently of the decisions about it.</summary>
    double Token(int step, int position);
}
