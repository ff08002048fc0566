namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>A trained model.</summary>
/// <param name="Pipeline">What is saved as a .zip.</param>
/// <param name="InputSchema">The columns that it needs.</param>
/// <param name="SaveToDirectory">Saves it as a directory.</param>
/// <param name="Owner">Frees the model when it is disposed.</param>
internal sealed record TrainedModel(
    ITransformer Pipeline, DataViewSchema InputSchema, Action<string> SaveToDirectory, IDisposable Owner) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Owner.Dispose();
}
