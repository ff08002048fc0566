namespace FindEntities;

/// <summary>A text and the entities that were found in it.</summary>
internal sealed class FoundEntities
{
    /// <summary>The text.</summary>
    public string Sentence { get; set; } = "";

    /// <summary>The type of each entity.</summary>
    public string[] EntityType { get; set; } = [];

    /// <summary>The text of each entity.</summary>
    public string[] EntityText { get; set; } = [];

    /// <summary>The start of each entity, in characters.</summary>
    public int[] EntityStart { get; set; } = [];

    /// <summary>The length of each entity, in characters.</summary>
    public int[] EntityLength { get; set; } = [];

    /// <summary>The model's confidence in each entity, from 0 to 1.</summary>
    public float[] EntityScore { get; set; } = [];
}
