namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A tag of a word, taken apart by a <see cref="TagScheme"/>.</summary>
/// <param name="Prefix">What the tag says about the bounds of the entity.</param>
/// <param name="Type">The entity's type, such as <c>PER</c>; empty for <c>O</c> and for a prefix without a type.</param>
public readonly record struct EntityTag(EntityTagPrefix Prefix, string Type);
