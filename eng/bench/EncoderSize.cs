using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The published sizes of BERT (Turc et al. 2019): heads of width 64, feed-forward parts four times as wide.</summary>
internal readonly record struct EncoderSize(string Name, int Layers, int Width)
{
    private static readonly EncoderSize[] s_all = [new("tiny", 2, 128), new("mini", 4, 256), new("small", 4, 512), new("base", 12, 768)];

    public static string[] Names => Array.ConvertAll(s_all, size => size.Name);

    public static EncoderSize Of(string name) => Array.Find(s_all, size => size.Name == name);

    /// <summary>A model of this size with random weights, in BERT's shape or RoBERTa's.</summary>
    public MaskedLanguageModel Create(EncoderFamily family, int vocabulary, int maxLength, Engine engine)
    {
        bool roberta = family == EncoderFamily.Roberta;
        var configuration = new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = Width, Layers = Layers, MaxLength = maxLength,
            Embeddings = new EmbeddingConfiguration { PositionOffset = roberta ? 2 : 0, TokenTypes = roberta ? 1 : 2 },
            Attention = new AttentionConfiguration { Heads = Width / 64 },
            FeedForward = new FeedForwardConfiguration { Width = 4 * Width },
            Norm = new NormConfiguration { Epsilon = roberta ? 1e-5 : 1e-12 },
        };
        return MaskedLanguageModel.Initialize(family, configuration, engine, seed: 1);
    }

    /// <summary>
    /// Floating-point operations of the encoder's forward pass: linear layers and attention; a multiply-add counts as two.
    /// </summary>
    /// <param name="lengths">The tokens of each sequence.</param>
    public double EncoderOperations(IEnumerable<int> lengths) => lengths.Sum(EncoderOperations);

    /// <summary>The same for one sequence of the given number of tokens.</summary>
    public double EncoderOperations(int length) => Layers * (double)length * (2.0 * 12 * Width * Width + 4.0 * length * Width);

    /// <summary>Floating-point operations of the masked-language head for some rows.</summary>
    public double HeadOperations(int rows, int vocabulary) => 2.0 * rows * Width * ((double)Width + vocabulary);

    /// <summary>Sequences of random ids without special tokens.</summary>
    public static RaggedTokens RandomTokens(IEnumerable<int> lengths, int vocabulary)
    {
        var random = new Random(1);
        var tokens = new RaggedTokens();
        foreach (int length in lengths)
        {
            foreach (ref int token in tokens.Append(new int[length]))
                token = random.Next(5, vocabulary);
        }
        return tokens;
    }
}
