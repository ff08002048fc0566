namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of
/// <see cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers,
/// BertQuestionAnsweringEstimator.Options)"/>.
/// </summary>
public sealed class QuestionAnsweringSpace : FineTuningSpace
{
    /// <summary>Converts the values to options.</summary>
    /// <param name="model">The model to fine-tune; null for the embedded one.</param>
    public BertQuestionAnsweringEstimator.Options ToOptions(EncoderModel? model = null)
    {
        var options = new BertQuestionAnsweringEstimator.Options();
        SetOn(options, model);
        return options;
    }
}
