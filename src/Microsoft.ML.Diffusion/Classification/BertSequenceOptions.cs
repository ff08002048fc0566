using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>How a model is fine-tuned to say what texts, or pairs of texts, are.</summary>
public abstract class BertSequenceOptions : FineTuningOptions
{
    private protected BertSequenceOptions()
    {
    }

    /// <summary>
    /// What stands for a whole text. The mean of all tokens asks nothing of the pretraining;
    /// <see cref="TextPooling.First"/> suits a checkpoint whose first token has learned to stand for the text, as BERT's
    /// by next-sentence prediction. Null for what the checkpoint says.
    /// </summary>
    public TextPooling? Pooling { get; set; } = TextPooling.Mean;

    /// <summary>The most tokens of a text, or pair, with its special tokens; what is longer is cut at the end, and counted. 0 for the model's most.</summary>
    public int MaxLength { get; set; }
}
