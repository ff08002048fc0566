namespace Microsoft.ML.Diffusion.Training;

/// <summary>Why a training stopped.</summary>
internal enum TrainingStop
{
    /// <summary>All steps were completed.</summary>
    Completed,
    /// <summary>Validation did not improve within the options' patience.</summary>
    OutOfPatience,
}
