using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>The part of an estimator that depends on the task of the fine-tuned model.</summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
internal interface IScoringRecipe<TTransformer> where TTransformer : ModelTransformerBase<TaskModel>
{
    /// <summary>Fails unless the schema has the input columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    void Check(DataViewSchema schema);

    /// <summary>The shape of the output; fails unless the input has the input columns.</summary>
    SchemaShape GetOutputSchema(SchemaShape inputSchema);

    /// <summary>Creates the transformer, which releases the model when it is disposed.</summary>
    TTransformer MakeTransformer(SharedModel<TaskModel>.Hold model);
}
