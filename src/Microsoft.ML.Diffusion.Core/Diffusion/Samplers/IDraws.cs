namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// Every chance that is taken about a row. What it asks here, with which probability, is the sampler's law: the product
/// answers with noise, a test by going through all answers. Within a step an answer is a function of the position, so that a
/// sampler may ask again, and a sampler decides one thing about a position in a step.
/// </summary>
internal interface IDraws
{
    /// <summary>True with a probability (below 0 as 0, above 1 as 1), independently of other positions and steps.</summary>
    bool Happens(int step, int position, double probability);

    /// <summary>
    /// Moves to the front, in the order drawn, <paramref name="count"/> of the candidates, drawn one after another without replacement
    /// with odds e^score.
    /// </summary>
    void DrawFirst(int step, Span<RankedPosition> candidates, int count);

    /// <summary>A uniform in (0, 1) that picks the token of a position, independently of the decisions about it.</summary>
    double Token(int step, int position);
}
