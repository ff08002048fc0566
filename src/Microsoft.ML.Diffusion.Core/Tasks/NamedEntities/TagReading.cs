namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a sequence of tags is interpreted as entities.</summary>
public enum TagReading
{
    /// <summary>
    /// Like conlleval: <c>I-</c> after <c>O</c> opens an entity, and a change of type splits one. This is right for IOB1 and IOB2.
    /// </summary>
    Lenient,

    /// <summary>
    /// Strict IOB2: an entity opens with <c>B-</c> and continues with <c>I-</c> of the same type; any other <c>I-</c> counts as <c>O</c>.
    /// </summary>
    Strict,
}
