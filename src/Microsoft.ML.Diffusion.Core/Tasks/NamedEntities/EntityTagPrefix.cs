namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>What a tag says about the bounds of an entity.</summary>
public enum EntityTagPrefix
{
    /// <summary><c>O</c>: the word is in no entity.</summary>
    Outside,

    /// <summary><c>B-</c>: the word begins an entity.</summary>
    Begin,

    /// <summary><c>I-</c> or <c>M-</c>: the word goes on with an entity (or, in IOB1, begins one).</summary>
    Inside,

    /// <summary>Nothing: the tag is a type alone. Neighbours of one type are one entity.</summary>
    None,

    /// <summary><c>E-</c> or <c>L-</c>: the word is the last of an entity.</summary>
    End,

    /// <summary><c>S-</c>, <c>U-</c> or <c>W-</c>: the word is an entity.</summary>
    Unit,
}
