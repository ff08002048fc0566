using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The parts of a trainer that differ from trainer to trainer: its columns, and its training job.
/// <see cref="TrainingEstimator{TTransformer, TModel}"/> has the shared Fit.
/// </summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
/// <typeparam name="TModel">The type of the trained model.</typeparam>
internal interface ITrainingRecipe<TTransformer, TModel> where TTransformer : ModelTransformerBase<TModel> where TModel : EncoderWithHead
{
    /// <summary>The input columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema);

    /// <summary>The input's columns and those that the transformer adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or has another type.</exception>
    SchemaShape GetOutputSchema(SchemaShape inputSchema);

    /// <summary>Begins a Fit on data with these columns; no training row has been read yet.</summary>
    /// <exception cref="ArgumentException">The schema shows that there is nothing to learn from.</exception>
    TrainingJob<TTransformer, TModel> NewJob(IDataView input);
}
