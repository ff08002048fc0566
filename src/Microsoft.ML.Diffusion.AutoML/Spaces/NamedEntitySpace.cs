using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of
/// <see cref="NamedEntityCatalog.BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers,
/// BertNamedEntityRecognitionEstimator.Options)"/>, with that trainer's own defaults.
/// </summary>
public sealed class NamedEntitySpace : FineTuningSpace
{
    /// <inheritdoc/>
    [Choice(new object[] { 0, 1, 2, 3, 6 }, 0)]
    public override int Epochs { get; set; }

    /// <inheritdoc/>
    [Choice(new object[] { 0.0, 0.1, 0.2 }, 0.1)]
    public override double DropoutRate { get; set; } = 0.1;

    /// <inheritdoc/>
    [Choice(new object[] { 0.0, 0.99, 0.998 }, 0.998)]
    public override double EmaDecay { get; set; } = 0.998;

    /// <summary>Converts the values to options.</summary>
    /// <param name="model">The model to fine-tune; null for the embedded one.</param>
    public BertNamedEntityRecognitionEstimator.Options ToOptions(EncoderModel? model = null)
    {
        var options = new BertNamedEntityRecognitionEstimator.Options();
        SetOn(options, model);
        return options;
    }
}
