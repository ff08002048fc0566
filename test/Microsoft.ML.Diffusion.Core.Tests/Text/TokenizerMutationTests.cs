using System.Diagnostics;
using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>
/// Files with damage: each is read, or refused by a <see cref="TokenizerException"/>, quickly, and with what is allocated bounded by
/// the size of the files. The bound (all that is allocated while reading, not what is alive at once): see <see cref="Bound"/>.
/// </summary>
[TestClass]
public sealed class TokenizerMutationTests
{
    private const int Mutants = 10_000;

    private static readonly TokenizerFiles s_bpe = TextSamples.SmallBpe(500).ToFiles();
    private static readonly TokenizerFiles s_wordPiece =
        WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(TextSamples.SmallVocabTxt)).ToFiles();

    [TestMethod]
    public void VocabJson_Damaged_IsReadOrRefused() => Assault(TextFiles.Only(s_bpe, "vocab.json", "merges.txt"), "vocab.json", seed: 1);

    [TestMethod]
    public void MergesTxt_Damaged_IsReadOrRefused() => Assault(TextFiles.Only(s_bpe, "vocab.json", "merges.txt"), "merges.txt", seed: 2);

    [TestMethod]
    public void TokenizerJson_OfByteLevelBpe_Damaged_IsReadOrRefused() =>
        Assault(TextFiles.Only(s_bpe, "tokenizer.json"), "tokenizer.json", seed: 3);

    [TestMethod]
    public void TokenizerJson_OfWordPiece_Damaged_IsReadOrRefused() =>
        Assault(TextFiles.Only(s_wordPiece, "tokenizer.json"), "tokenizer.json", seed: 4);

    [TestMethod]
    public void VocabTxt_Damaged_IsReadOrRefused() => Assault(TextFiles.Only(s_wordPiece, "vocab.txt"), "vocab.txt", seed: 5);

    [TestMethod]
    public void TokenizerConfig_Damaged_IsReadOrRefused() =>
        Assault(TextFiles.Only(s_bpe, "vocab.json", "merges.txt", "tokenizer_config.json"), "tokenizer_config.json", seed: 6);

    [TestMethod]
    public void RealFiles_AreReadWithinTheBound()
    {
        foreach (string name in (ReadOnlySpan<string>)["roberta-base", "bert-base-uncased", "bert-base-cased"])
        {
            TokenizerFiles files = TokenizerFiles.FromDirectory(SharedData.Data($"tokenizers/{name}"));
            Assert.IsInstanceOfType<Tokenizer>(Read(files));
        }
    }

    [TestMethod]
    public void BigFiles_OfNothing_AreRefusedWithinTheBound()
    {
        string entries = string.Join(',', Enumerable.Range(0, 200_000)
            .Select(static id => $"\"{(char)(0x4E00 + id % 20_000)}{(char)('a' + id / 20_000)}\":{id}"));
        foreach (string json in (ReadOnlySpan<string>)["{" + entries + "}", "{" + entries, "{\"a\":" + new string('9', 1_000_000) + "}",
            "\"" + new string('x', 1_000_000)])
        {
            Assert.IsNull(Read(TextFiles.Of(("vocab.json", json), ("merges.txt", new string('\n', 500_000)))));
            Assert.IsNull(Read(TextFiles.Of(("tokenizer.json", json))));
            Assert.IsNull(Read(TextFiles.Of(("tokenizer.json", "{\"model\":{\"vocab\":" + json + "}}"))));
        }
        Assert.IsNull(Read(TextFiles.Of(("vocab.txt", new string('\n', 1_000_000)))));
        Assert.IsNull(
            Read(TextFiles.Of(("tokenizer.json",
                "{" + string.Join(',', Enumerable.Range(0, 100_000).Select(static i => $"\"{i}\":0")) + "}"))));
    }

    /// <summary>The bound, in bytes: a fixed part for the settings, and a multiple of the files for the tables.</summary>
    private static long Bound(long fileBytes) => (128 << 10) + 12 * fileBytes;

    private static void Assault(TokenizerFiles files, string name, int seed)
    {
        var random = new Random(seed);
        byte[] original = TextFiles.Get(files, name);
        string sample = string.Concat(TextSamples.WellFormed(3, seed));
        var output = new TokenList();
        int read = 0;
        for (int mutant = 0; mutant < Mutants; mutant++)
        {
            var damaged = new List<KeyValuePair<string, byte[]>>();
            foreach (string other in files.Names)
                damaged.Add(new(other, other == name ? Damage(original, random) : TextFiles.Get(files, other)));
            if (Read(new TokenizerFiles(damaged)) is not { } tokenizer)
                continue;
            // What can be read can be used.
            read++;
            output.Clear();
            tokenizer.Encode(sample, output);
            foreach (int id in output.Ids)
                Assert.IsTrue((uint)id < (uint)tokenizer.VocabularySize);
            tokenizer.Decode(output.Ids);
            if (mutant % 50 == 0)
                Assert.IsNotNull(Read(tokenizer.ToFiles()));
        }
        Assert.IsTrue(read is > 10 and < Mutants - 1_000 || name == "tokenizer_config.json",
            $"{read} of {Mutants} were read: the damage is too little or too great to show anything.");
    }

    private static Tokenizer? Read(TokenizerFiles files)
    {
        long size = files.Names.Sum(name => TextFiles.Get(files, name).LongLength);
        long allocated = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
        Tokenizer? tokenizer = null;
        string? message = null;
        try
        {
            tokenizer = Tokenizer.FromFiles(files);
        }
        catch (TokenizerException exception)
        {
            message = exception.Message;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.IsTrue(allocated <= Bound(size), $"{allocated} bytes were allocated for {size} bytes of files: {message ?? "read"}");
        Assert.IsTrue(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
        if (message is not null)
            Assert.IsTrue(message.Length is > 20 and < 1_000, message);
        return tokenizer;
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        int times = random.Next(4) == 0 ? random.Next(2, 10) : 1;
        for (int time = 0; time < times && bytes.Count > 1; time++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(9))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                case 5:
                    byte[][] pieces = [[.. "999999999999"u8], [.. "-"u8], [.. "{"u8], [.. "[[[[[[[["u8], [.. "\""u8], [.. "\\ud83d"u8],
                        [.. "null"u8], [.. "1e400"u8], [.. "\n\n"u8], [0xF0, 0x9F], [0], [.. " "u8]];
                    bytes.InsertRange(at, pieces[random.Next(pieces.Length)]);
                    break;
                case 6:
                    // Digits become other digits, so that ids go wrong.
                    int digit = bytes.FindIndex(at, static value => value is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)random.Next('0', '9' + 1);
                    break;
                case 7:
                    // A line or a member, away or twice.
                    int end = bytes.FindIndex(at, static value => value is (byte)'\n' or (byte)',');
                    int next = end < 0 ? -1 : bytes.FindIndex(end + 1, static value => value is (byte)'\n' or (byte)',');
                    if (next >= 0 && random.Next(2) == 0)
                        bytes.RemoveRange(end, next - end);
                    else if (next >= 0)
                        bytes.InsertRange(end, bytes.GetRange(end, next - end));
                    break;
                default:
                    int other = random.Next(bytes.Count);
                    (bytes[at], bytes[other]) = (bytes[other], bytes[at]);
                    break;
            }
        }
        return [.. bytes];
    }
}
