namespace Microsoft.ML.Diffusion;

/// <summary>
/// A parameter of Microsoft.ML.TorchSharp's trainers, so that code for them compiles. It has no effect here: the config.json in the
/// directory of <see cref="TrainerOptions.Model"/> chooses the architecture.
/// </summary>
public enum BertArchitecture
{
    /// <summary>The only value in Microsoft.ML.TorchSharp.</summary>
    Roberta,
}
