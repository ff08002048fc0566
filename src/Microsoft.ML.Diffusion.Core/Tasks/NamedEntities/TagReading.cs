namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a sequence of tags is read as entities.</summary>
public enum TagReading
{
    /// <summary>As conlleval reads: <c>I-</c> after <c>O</c> opens an entity, and a change of type splits one. IOB1 and IOB2 both read right.</summary>
    Lenient,

    /// <summary>Strict IOB2: an entity opens with <c>B-</c> and goes on with <c>I-</c> of the same type; any other <c>I-</c> counts as <c>O</c>.</summary>
    Strict,
}
