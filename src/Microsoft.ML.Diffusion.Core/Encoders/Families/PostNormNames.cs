namespace Microsoft.ML.Diffusion.Encoders.Families;

/// <summary>A checkpoint's names for the parts of a post-normalization layer, without <c>.weight</c> and <c>.bias</c>.</summary>
internal sealed record PostNormNames(
    string Query, string Key, string Value, string AttentionOutput, string AttentionNorm, string Intermediate, string Output, string Norm);
