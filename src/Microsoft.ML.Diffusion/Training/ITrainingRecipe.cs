using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>What a trainer has of its own, beside the one Fit of <see cref="TrainingEstimator{TTransformer, TModel}"/>: its columns, and what a Fit of it does.</summary>
/// <typeparam name="TTransformer">What Fit returns.</typeparam>
/// <typeparam name="TModel">What is trained.</typeparam>
internal interface ITrainingRecipe<TTransformer, TModel> where TTransformer : ModelTransformerBase<TModel> where TModel : EncoderWithHead
{
    /// <summary>The columns that are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is missing, or of another type.</exception>
    IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema);

    /// <summary>The input's columns and those that the transformer adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing, or of another type.</exception>
    SchemaShape GetOutputSchema(SchemaShape inputSchema);

    /// <summary>Begins a Fit on data with the columns; no row is read to learn from yet.</summary>
    /// <exception cref="ArgumentException">What the schema says shows that there is nothing to learn from.</exception>
    TrainingJob<TTransformer, TModel> NewJob(IDataView input);
}
