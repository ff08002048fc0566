using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>One Fit of a trainer: keeps what it reads, and is asked for what is made of it, in this order.</summary>
/// <typeparam name="TTransformer">What Fit returns.</typeparam>
/// <typeparam name="TModel">What is trained.</typeparam>
internal abstract class TrainingJob<TTransformer, TModel> where TTransformer : ModelTransformerBase<TModel> where TModel : EncoderWithHead
{
    /// <summary>Reads a set of rows: the input, and after it the validation set, if there is one.</summary>
    /// <param name="row">Where the rows are, with the recipe's columns.</param>
    /// <param name="isValidation">Whether it is the validation set.</param>
    /// <returns>Reads the current row: to be measured on where it is held out, as all of a validation set are; else to learn from.</returns>
    public abstract Action<bool> MakeReader(DataViewRow row, bool isValidation);

    /// <summary>Warns of what was odd about a set of rows, and fails where there is nothing to learn from.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="isValidation">Whether it is the validation set.</param>
    /// <param name="channel">The log.</param>
    public abstract void EndRead(long rows, bool isValidation, IChannel channel);

    /// <summary>Loads the model.</summary>
    public abstract TModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken);

    /// <summary>What is learned, for the model, which is prepared for training.</summary>
    public abstract TrainingTask MakeTask(TModel model);

    /// <summary>What is learned from, for the log.</summary>
    public abstract string Summary { get; }

    /// <summary>Changes the trained model before it is prepared for inference.</summary>
    public virtual void AfterTraining(TModel model)
    {
    }

    /// <summary>Makes the transformer, which then has the model, prepared for inference.</summary>
    public abstract TTransformer MakeTransformer(TModel model, TrainingReport report, IChannel channel, CancellationToken cancellationToken);
}
