namespace Microsoft.ML.Diffusion.Text;

/// <summary>A vocabulary's spellings of the tokens that represent no text.</summary>
/// <param name="Begin">Opens a sequence.</param>
/// <param name="End">Closes a sequence.</param>
/// <param name="Mask">Represents a masked position.</param>
/// <param name="Pad">Pads.</param>
/// <param name="Unknown">Represents text that the vocabulary cannot spell.</param>
internal sealed record SpecialTokenNames(string Begin, string End, string Mask, string Pad, string Unknown)
{
    /// <summary>BERT's: [CLS], [SEP], [MASK], [PAD], [UNK].</summary>
    public static SpecialTokenNames Bert { get; } = new("[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]");

    /// <summary>RoBERTa's: &lt;s&gt;, &lt;/s&gt;, &lt;mask&gt;, &lt;pad&gt;, &lt;unk&gt;.</summary>
    public static SpecialTokenNames Roberta { get; } = new("<s>", "</s>", "<mask>", "<pad>", "<unk>");
}
