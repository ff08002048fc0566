using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>WordPiece on a thousand made-up words, four in five of them whole in the vocabulary.</summary>
public class TokenizerBenchmarks
{
    private const int Words = 1000, VocabularyWords = 20_000;

    private readonly TokenList _tokens = new();
    private WordPieceTokenizer _tokenizer = null!;
    private string _text = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        string Word() => string.Concat(Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26))));
        string[] words = [.. Enumerable.Range(0, 2 * VocabularyWords).Select(_ => Word()).Distinct().Take(VocabularyWords)];
        IEnumerable<char> letters = Enumerable.Range('a', 26).Select(letter => (char)letter);
        IEnumerable<string> vocabulary = [.. SpecialTokens, .. words, .. letters.Select(letter => $"{letter}").Except(words),
            .. letters.Select(letter => $"##{letter}"), ".", ","];
        _tokenizer = WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(string.Join('\n', vocabulary)));
        _text = string.Join(' ', Enumerable.Range(0, Words)
            .Select(i => (i % 5 == 4 ? Word() + Word() : words[random.Next(words.Length)]) + (i % 12 == 11 ? "." : "")));
    }

    private static string[] SpecialTokens => ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    [Benchmark(OperationsPerInvoke = Words)]
    public int WordPiece()
    {
        _tokens.Clear();
        _tokenizer.Encode(_text, _tokens);
        return _tokens.Count;
    }
}
