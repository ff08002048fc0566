using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// One Fit of a trainer: collects the rows, then makes the training task and the transformer. The members are called in this order.
/// </summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
/// <typeparam name="TModel">The type of the trained model.</typeparam>
internal abstract class TrainingJob<TTransformer, TModel> where TTransformer : ModelTransformerBase<TModel> where TModel : EncoderWithHead
{
    /// <summary>Prepares to read a set of rows: the input, and after it the validation set if there is one.</summary>
    /// <param name="row">The cursor's row, with the recipe's columns.</param>
    /// <param name="isValidation">Whether it is the validation set.</param>
    /// <returns>
    /// Reads the current row. Its argument says whether the row is held out for validation, as all rows of a validation set are.
    /// </returns>
    public abstract Action<bool> MakeReader(DataViewRow row, bool isValidation);

    /// <summary>Warns of bad rows in a set, and fails if there is nothing to learn from.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="isValidation">Whether it is the validation set.</param>
    /// <param name="channel">The log.</param>
    public abstract void EndRead(long rows, bool isValidation, IChannel channel);

    /// <summary>Loads the model.</summary>
    public abstract TModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken);

    /// <summary>The training task for the model, which is prepared for training.</summary>
    public abstract TrainingTask MakeTask(TModel model);

    /// <summary>A summary of the training data, for the log.</summary>
    public abstract string Summary { get; }

    /// <summary>Changes the trained model before it is prepared for inference.</summary>
    public virtual void AfterTraining(TModel model)
    {
    }

    /// <summary>Creates the transformer, which then owns the model, prepared for inference.</summary>
    public abstract TTransformer MakeTransformer(TModel model, TrainingReport report, IChannel channel,
        CancellationToken cancellationToken);
}
