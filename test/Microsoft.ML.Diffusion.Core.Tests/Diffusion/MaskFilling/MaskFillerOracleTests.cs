using System.Text;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Candidates and probabilities against those of an independent PyTorch implementation (Oracles/fill_mask.py).</summary>
[TestClass]
public sealed class MaskFillerOracleTests
{
    private static readonly string s_fixtures =
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures");

    private static readonly JsonElement s_reference =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(s_fixtures, "fill-mask.json"))).RootElement;

    private static readonly Tokenizer s_tokenizer = Tokenizer.FromFiles(new TokenizerFiles([new("vocab.txt", Encoding.UTF8.GetBytes(
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + string.Join('\n', "abcdefghijklmnopqrstuvwxyz".ToArray())))]));

    public static IEnumerable<object[]> Families =>
        s_reference.GetProperty("families").EnumerateObject().Select(family => new object[] { family.Name });

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void The_whole_vocabulary_is_ranked_as_by_the_oracle(string family)
    {
        string[] texts = s_reference.GetProperty("texts").Deserialize<string[]>()!;
        using Engine engine = CpuEngine.Create(2);
        using MaskedLanguageModel model =
            EncoderCheckpoint.Load(ModelFiles.FromDirectory(Path.Combine(s_fixtures, "oracle-" + family)), engine);
        using var denoiser = new ModelDenoiser(model, s_tokenizer.MaskToken);
        var settings = new MaskFillingSettings { TopK = 31, MaxLength = model.Configuration.MaxLength };
        var filler = new MaskFiller(denoiser, s_tokenizer, settings);

        IReadOnlyList<FilledText> filled = filler.Fill(texts);

        JsonElement expected = s_reference.GetProperty("families").GetProperty(family);
        int compared = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.HasCount(expected[i].GetArrayLength(), filled[i].Masks);
            for (int mask = 0; mask < filled[i].Masks.Count; mask++, compared++)
            {
                IReadOnlyList<MaskCandidate> candidates = filled[i].Masks[mask].Candidates;
                double[] probabilities = expected[i][mask].GetProperty("probabilities").Deserialize<double[]>()!;
                int[] ids = expected[i][mask].GetProperty("ids").Deserialize<int[]>()!;
                for (int k = 0; k < ids.Length; k++)
                {
                    Assert.AreEqual(probabilities[k], candidates[k].Probability, 1e-6, $"{texts[i]}, mask {mask}, candidate {k}");
                    // Those that float32 cannot tell apart may change places.
                    bool isTie = Neighbors(k).Any(j => j >= 0 && j < ids.Length && Math.Abs(probabilities[j] - probabilities[k]) < 1e-6);
                    if (!isTie)
                        Assert.AreEqual(ids[k], candidates[k].TokenId, $"{texts[i]}, mask {mask}, candidate {k}");
                }
                Assert.AreEqual(1, candidates.Sum(candidate => candidate.Probability), 1e-6, "all of the vocabulary");
            }
            AssertSame(filled[i], filler.Fill([texts[i]])[0]);
        }
        Assert.AreEqual(7, compared);

        static int[] Neighbors(int k) => [k - 1, k + 1];
    }

    /// <summary>Alone and in a batch: the same, bit for bit.</summary>
    private static void AssertSame(FilledText expected, FilledText actual)
    {
        Assert.AreEqual(expected.Text, actual.Text);
        for (int mask = 0; mask < expected.Masks.Count; mask++)
            CollectionAssert.AreEqual(expected.Masks[mask].Candidates.ToArray(), actual.Masks[mask].Candidates.ToArray());
    }
}
