using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>What a sweep of <see cref="BertSequenceCatalog.BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertTextClassificationEstimator.Options)"/> tries.</summary>
public sealed class TextClassificationSpace : FineTuningSpace
{
    /// <summary>How much of the target's probability is spread evenly over all classes.</summary>
    [Choice(new object[] { 0.0, 0.05, 0.1 }, 0.0)]
    public double LabelSmoothing { get; set; }

    /// <summary>The options that say the same.</summary>
    /// <param name="model">The model that is fine-tuned; null for the embedded one.</param>
    public BertTextClassificationEstimator.Options ToOptions(EncoderModel? model = null)
    {
        var options = new BertTextClassificationEstimator.Options { LabelSmoothing = LabelSmoothing };
        SetOn(options, model);
        return options;
    }
}
