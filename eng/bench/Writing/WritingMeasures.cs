using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>Measures of a set of texts of equal length.</summary>
/// <param name="BitsPerCharacter">
/// Bits per character under a 3-gram model of the training text: low for word sequences that are common there.
/// </param>
/// <param name="Entropy">The entropy of a text's own tokens, in bits: low for repetitive text.</param>
/// <param name="SelfBleu">Self-BLEU-4 of tokens: high for similar texts.</param>
/// <param name="Distinct2">The share of pairs of successive tokens that are different from one another, over all texts.</param>
internal readonly record struct WritingMeasures(Interval BitsPerCharacter, Interval Entropy, double SelfBleu, double Distinct2)
{
    /// <summary>
    /// Measures texts. Self-BLEU and distinct-2, which grow and fall with the number of texts, are means over sets of the given number.
    /// </summary>
    public static WritingMeasures Of(IReadOnlyList<int[]> texts, int setSize, TrigramModel model, Tokenizer tokenizer)
    {
        double[] bits = [.. texts.Select(text => model.Bits(text))],
            characters = [.. texts.Select(text => (double)tokenizer.Decode(text).Length)];
        double[] entropies = [.. texts.Select(text => TextMeasures.TokenEntropy<int>([text]))], ones = new double[texts.Count];
        Array.Fill(ones, 1);
        int[][][] sets = [.. texts.Chunk(setSize)];
        return new(
            Interval.OfRatio(bits, characters), Interval.OfRatio(entropies, ones),
            sets.Average(set => TextMeasures.SelfBleu<int>(set)), sets.Average(set => TextMeasures.DistinctN<int>(set, 2)));
    }

    /// <summary>
    /// Whether texts are as good as others, as far as this number of texts can show: their bits per character are not higher and their
    /// entropy is not lower. Bits per character alone do not suffice, since repetitive text has few.
    /// </summary>
    public bool IsAsGoodAs(WritingMeasures other) => !BitsPerCharacter.IsAbove(other.BitsPerCharacter) && !other.Entropy.IsAbove(Entropy);
}
