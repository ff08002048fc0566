using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of
/// <see cref="BertSequenceCatalog.BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers,
/// BertTextClassificationEstimator.Options)"/>.
/// </summary>
public sealed class TextClassificationSpace : FineTuningSpace
{
    /// <summary>The label smoothing: the share of the target's probability that is spread evenly over all classes.</summary>
    [Choice(new object[] { 0.0, 0.05, 0.1 }, 0.0)]
    public double LabelSmoothing { get; set; }

    /// <summary>Converts the values to options.</summary>
    /// <param name="model">The model to fine-tune; null for the embedded one.</param>
    public BertTextClassificationEstimator.Options ToOptions(EncoderModel? model = null)
    {
        var options = new BertTextClassificationEstimator.Options { LabelSmoothing = LabelSmoothing };
        SetOn(options, model);
        return options;
    }
}
