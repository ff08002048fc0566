namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a sequence of tags is interpreted as entities.</summary>
public enum TagReading
{
    /// <summary>
    /// As conlleval and seqeval's default read: <c>I-</c> or <c>E-</c> after <c>O</c> opens an entity, and
    /// a change of type splits one. IOB1, IOB2, IOE1, IOE2, BIOES and BILOU all read right.
    /// </summary>
    Lenient,

    /// <summary>
    /// As seqeval's strict mode reads: an entity follows the scheme of the tags, or is none. It opens with
    /// <c>B-</c>, goes on with <c>I-</c> of the same type, and ends with <c>E-</c> where the scheme has such; <c>S-</c> is one alone; where
    /// only <c>E-</c> is known, <c>I-</c> opens.
    /// </summary>
    Strict,
}
