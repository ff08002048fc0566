namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The prefix of a tag, which marks the bounds of an entity.</summary>
public enum EntityTagPrefix
{
    /// <summary><c>O</c>: the word is in no entity.</summary>
    Outside,

    /// <summary><c>B-</c>: the word opens an entity.</summary>
    Begin,

    /// <summary><c>I-</c>: the word continues an entity (or, in IOB1, opens one).</summary>
    Inside,

    /// <summary>No prefix: the tag is a bare type. Adjacent words of one type are one entity.</summary>
    None,
}
