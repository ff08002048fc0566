namespace Microsoft.ML.Diffusion;

/// <summary>
/// A parameter of Microsoft.ML.TorchSharp's trainers, so that code for them compiles. It decides nothing here: the model's directory says what
/// it is, and <see cref="TrainerOptions.Model"/> which directory.
/// </summary>
public enum BertArchitecture
{
    /// <summary>The only value that Microsoft.ML.TorchSharp has.</summary>
    Roberta,
}
