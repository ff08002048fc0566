namespace Microsoft.ML.Diffusion.Encoders.Families;

/// <summary>What a checkpoint calls the parts of a layer that normalises last, each without <c>.weight</c> and <c>.bias</c>.</summary>
internal sealed record PostNormNames(
    string Query, string Key, string Value, string AttentionOutput, string AttentionNorm, string Intermediate, string Output, string Norm);
