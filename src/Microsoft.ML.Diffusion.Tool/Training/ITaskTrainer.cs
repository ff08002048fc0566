namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>A trainer for one task.</summary>
internal interface ITaskTrainer
{
    /// <summary>Trains.</summary>
    TrainedModel Fit(IDataView data);
}
