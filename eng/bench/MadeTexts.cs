using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>
/// Texts of words from a vocabulary, one word in five made of two tokens. Their numbers of words are log-normal, like those of known data
/// sets. The same seed draws the same texts.
/// </summary>
internal sealed class MadeTexts
{
    private readonly Random _random = new(1);
    private readonly string[] _words;

    /// <summary>Uses the words of a byte-level vocabulary.</summary>
    public MadeTexts(Tokenizer tokenizer)
    {
        IEnumerable<string> pieces = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id))
            .Select(id => tokenizer.Decode([id]));
        _words = [.. pieces.Where(piece => piece.Length > 2 && piece[0] == ' ' && piece.AsSpan(1).IndexOfAnyExceptInRange('a', 'z') < 0)
            .Select(piece => piece[1..])];
    }

    /// <summary>A sentence like those of SST-2's dev set: median 17 words, 2 to 50.</summary>
    public string[] Review() => Words(17, .55, 2, 50);

    /// <summary>A sentence like those of CoNLL-2003: median 12 words, 1 to 60.</summary>
    public string[] News() => Words(12, .7, 1, 60);

    /// <summary>A question like those of SQuAD: median 10 words, 4 to 30.</summary>
    public string[] Question() => Words(10, .32, 4, 30);

    /// <summary>A context like those of SQuAD: median 115 words, 22 to 600.</summary>
    public string[] Context() => Words(115, .4, 22, 600);

    private string[] Words(int median, double deviation, int least, int most)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        var words = new string[Math.Clamp((int)Math.Round(median * Math.Exp(deviation * normal)), least, most)];
        for (int i = 0; i < words.Length; i++)
            words[i] = _random.Next(5) == 0 ? Word() + Word() : Word();
        return words;
    }

    private string Word() => _words[_random.Next(_words.Length)];
}
