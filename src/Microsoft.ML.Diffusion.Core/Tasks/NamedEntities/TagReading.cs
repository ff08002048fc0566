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
    /// As in seqeval's strict mode, tags are an entity only if they follow the scheme. An entity opens with <c>B-</c>, continues with
    /// <c>I-</c> of the same type, and ends with <c>E-</c> if the scheme has it; <c>S-</c> is an entity of one word. If the scheme has
    /// <c>E-</c>, but neither <c>B-</c> nor <c>S-</c>, <c>I-</c> opens an entity.
    /// </summary>
    Strict,
}
