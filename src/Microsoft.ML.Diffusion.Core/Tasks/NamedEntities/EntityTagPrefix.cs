namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The prefix of a tag, which marks the bounds of an entity.</summary>
public enum EntityTagPrefix
{
    /// <summary><c>O</c>: the word is in no entity.</summary>
    Outside,

    /// <summary><c>B-</c>: the word begins an entity.</summary>
    Begin,

    /// <summary><c>I-</c> or <c>M-</c>: the word continues an entity (or, in IOB1, begins one).</summary>
    Inside,

    /// <summary>No prefix: the tag is a bare type. Adjacent words of one type are one entity.</summary>
    None,

    /// <summary><c>E-</c> or <c>L-</c>: the word is the last of an entity.</summary>
    End,

    /// <summary><c>S-</c>, <c>U-</c> or <c>W-</c>: the word is an entity.</summary>
    Unit,
}
