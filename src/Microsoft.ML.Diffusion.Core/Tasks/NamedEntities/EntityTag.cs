namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A tag of a word, taken apart by a <see cref="TagScheme"/>.</summary>
/// <param name="Prefix">What the tag says about the entity's bounds.</param>
/// <param name="Type">The entity's type, as <c>PER</c>; empty for <c>O</c> and for a prefix that stands alone.</param>
public readonly record struct EntityTag(EntityTagPrefix Prefix, string Type);
