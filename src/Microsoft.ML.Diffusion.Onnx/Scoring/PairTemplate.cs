using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The token types of a pair of texts, found by making one.</summary>
/// <param name="Opening">That of the opening token.</param>
/// <param name="First">That of the first text.</param>
/// <param name="Separators">That of each token between the texts.</param>
/// <param name="Second">That of the second text.</param>
/// <param name="Closing">That of the closing token.</param>
internal sealed record PairTemplate(long Opening, long First, long[] Separators, long Second, long Closing)
{
    private const string Sample = "a";

    /// <summary>The template of a model's pairs.</summary>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs.</exception>
    public static PairTemplate Of(EncoderWithHead model, Tokenizer tokenizer)
    {
        int separators = model.Family.SeparatorsOf(tokenizer);
        if (model.Configuration.Embeddings.TokenTypes < 2)
            return new PairTemplate(0, 0, new long[separators], 0, 0);
        var pair = new TextSequences(tokenizer, model.Family, model.Configuration);
        pair.Add(Sample, Sample);
        ReadOnlySpan<int> types = pair.Types;
        int text = (types.Length - 2 - separators) / 2;
        long[] between = [.. types.Slice(1 + text, separators).ToArray()];
        return new PairTemplate(types[0], types[1], between, types[^2], types[^1]);
    }
}
