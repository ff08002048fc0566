namespace Microsoft.ML.Diffusion;

/// <summary>What a sweep of <see cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertQuestionAnsweringEstimator.Options)"/> tries.</summary>
public sealed class QuestionAnsweringSpace : FineTuningSpace
{
    /// <summary>The options that say the same.</summary>
    /// <param name="model">The model that is fine-tuned; null for the embedded one.</param>
    public BertQuestionAnsweringEstimator.Options ToOptions(EncoderModel? model = null)
    {
        var options = new BertQuestionAnsweringEstimator.Options();
        SetOn(options, model);
        return options;
    }
}
