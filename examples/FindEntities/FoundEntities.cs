namespace FindEntities;

/// <summary>A text and the entities that were found in it.</summary>
internal sealed class FoundEntities
{
    /// <summary>The text.</summary>
    public string Sentence { get; set; } = "";

    /// <summary>The type of each entity.</summary>
    public string[] EntityType { get; set; } = [];

    /// <summary>Each entity, as it stands in the text.</summary>
    public string[] EntityText { get; set; } = [];

    /// <summary>Where each starts.</summary>
    public int[] EntityStart { get; set; } = [];

    /// <summary>How many characters each has.</summary>
    public int[] EntityLength { get; set; } = [];

    /// <summary>How sure the model is of each, from 0 to 1.</summary>
    public float[] EntityScore { get; set; } = [];
}
