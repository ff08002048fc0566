namespace Microsoft.ML.Diffusion.Training;

/// <summary>Why a training stopped.</summary>
internal enum TrainingStop
{
    /// <summary>All its steps were made.</summary>
    Completed,
    /// <summary>Validation did not improve for as long as the options had patience.</summary>
    OutOfPatience,
}
