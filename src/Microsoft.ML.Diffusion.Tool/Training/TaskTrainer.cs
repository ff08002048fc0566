using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>A trainer for one task, as an estimator of the library.</summary>
/// <param name="estimator">The estimator.</param>
/// <param name="inputSchema">The schema that a saved pipeline names: the columns that it needs to predict.</param>
/// <param name="after">A transformer that follows in the saved pipeline; null for none.</param>
internal sealed class TaskTrainer<TTransformer, TModel>(
    TrainingEstimator<TTransformer, TModel> estimator, DataViewSchema inputSchema, Func<IDataView, ITransformer>? after = null)
    : ITaskTrainer
    where TTransformer : ModelTransformerBase<TModel>
    where TModel : EncoderWithHead
{
    /// <inheritdoc/>
    public TrainedModel Fit(IDataView data)
    {
        TTransformer transformer = estimator.Fit(data);
        ITransformer pipeline = after is null ? transformer
            : new TransformerChain<ITransformer>(transformer, after(transformer.Transform(data)));
        return new TrainedModel(pipeline, inputSchema, transformer.SaveToDirectory, transformer);
    }
}
