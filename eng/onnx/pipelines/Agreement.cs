using System.Text;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tests;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pipelines;

/// <summary>Compares tokens of the operators with this library's on real texts.</summary>
internal static class Agreement
{
    private const int MaxLength = 512, Examples = 6;

    public static void Run(DirectoryInfo shared)
    {
        string tokenizers = Path.Combine(shared.FullName, "data", "tokenizers");
        (string Name, EncoderFamily Family, Tokenizer Tokenizer)[] compared =
        [
            ("bert-base-uncased", EncoderFamily.Bert, Read(tokenizers, "bert-base-uncased", lowercase: true)),
            ("bert-base-cased", EncoderFamily.Bert, Read(tokenizers, "bert-base-cased", lowercase: false)),
            ("roberta-base", EncoderFamily.Roberta, Tokenizer.FromDirectory(Path.Combine(tokenizers, "roberta-base"))),
        ];
        (string Name, string[] Texts)[] sets = [.. TextSets.Read(shared)];
        foreach ((string name, EncoderFamily family, Tokenizer tokenizer) in compared)
        {
            using MaskedLanguageModel model = MaskedLanguageModel.Initialize(
                family, Configuration(family, tokenizer.VocabularySize), CpuEngine.Shared, seed: 1);
            using var operators = new OperatorTokens(model, tokenizer, MaxLength);
            foreach ((string set, string[] texts) in sets)
                Compare(name, set, texts, model, tokenizer, operators);
        }
    }

    private static void Compare(
        string name, string set, string[] texts, EncoderWithHead model, Tokenizer tokenizer, OperatorTokens operators)
    {
        var sequences = new TextSequences(tokenizer, model.Family, model.Configuration, MaxLength);
        var different = new List<string>();
        foreach (string text in texts)
        {
            sequences.Clear();
            sequences.Add(text);
            long[] ours = [.. sequences.Sequences.Tokens.ToArray().Select(id => (long)id)];
            long[] theirs;
            try
            {
                theirs = operators.Encode(text);
            }
            catch (OnnxRuntime.OnnxRuntimeException exception)
            {
                different.Add($"fails: {exception.Message}");
                continue;
            }
            if (!ours.AsSpan().SequenceEqual(theirs))
                different.Add(Difference(tokenizer, ours, theirs));
        }
        double share = 100.0 * different.Count / texts.Length;
        Console.WriteLine($"{name}, {set}: {different.Count} of {texts.Length} texts differ ({share:f2} %)");
        foreach (string example in different.DistinctBy(line => line.Length > 40 ? line[..40] : line).Take(Examples))
            Console.WriteLine($"    {example}");
    }

    /// <summary>The tokens around the first difference.</summary>
    private static string Difference(Tokenizer tokenizer, long[] ours, long[] theirs)
    {
        int at = ours.AsSpan().CommonPrefixLength(theirs);
        return $"ours {Spell(ours)} theirs {Spell(theirs)}";

        string Spell(long[] ids) => string.Join(' ', ids.Skip(at).Take(4).Select(id => tokenizer.Spell((int)id)));
    }

    private static Tokenizer Read(string directory, string name, bool lowercase) => Tokenizer.FromFiles(new TokenizerFiles(
    [
        new("vocab.txt", File.ReadAllBytes(Path.Combine(directory, name, "vocab.txt"))),
        new("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{ "do_lower_case": {{(lowercase ? "true" : "false")}} }""")),
    ]));

    private static EncoderConfiguration Configuration(EncoderFamily family, int tokens) => new()
    {
        VocabularySize = tokens,
        HiddenSize = 8,
        Layers = 1,
        MaxLength = MaxLength,
        PadToken = 1,
        Embeddings = new EmbeddingConfiguration
        {
            TokenTypes = family == EncoderFamily.Bert ? 2 : 1, PositionOffset = family == EncoderFamily.Bert ? 0 : 2,
        },
        Attention = new AttentionConfiguration { Heads = 2 },
        FeedForward = new FeedForwardConfiguration { Width = 8 },
    };
}
