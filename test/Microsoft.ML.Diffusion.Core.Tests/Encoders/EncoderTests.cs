using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

[TestClass]
public sealed class EncoderTests
{
    private static readonly Engine s_engine = CpuEngine.Create(2);

    public static IEnumerable<object[]> Families => TinyModels.FamilyNames.Select(name => new object[] { name });

    /// <summary>The oracle's outputs for very small models, kept here so that no Python is needed.</summary>
    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Encoder_agrees_with_the_oracle_s_stored_outputs(string family) => EncoderOracleTests.Compare(
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "oracle-" + family));

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void The_longest_sequence_runs_and_a_longer_one_is_refused(string family)
    {
        using MaskedLanguageModel model = TinyModels.Create(family, s_engine);
        int longest = model.Configuration.MaxLength;
        Assert.IsTrue(TinyModels.Logits(model, Sequence(longest)).All(float.IsFinite));
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => TinyModels.Logits(model, [5], Sequence(longest + 1)));
        StringAssert.Contains(exception.Message, "Sequence 1 has 13 tokens; the encoder takes at most 12");

        static int[] Sequence(int length) => [.. Enumerable.Range(0, length).Select(i => 5 + i)];
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Ids_out_of_range_are_refused_plain_and_packed(string family)
    {
        using MaskedLanguageModel model = TinyModels.Create(family, s_engine);
        for (int run = 0; run < 2; run++, model.PrepareForInference())
        {
            foreach (int id in new[] { -1, 23, int.MaxValue, int.MinValue })
            {
                ArgumentOutOfRangeException exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TinyModels.Logits(model, [5, id, 6]));
                StringAssert.Contains(exception.Message, "'embeddings.tokens' has 23 rows");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void No_sequences_and_empty_sequences_have_no_states(string family)
    {
        using MaskedLanguageModel model = TinyModels.Create(family, s_engine);
        for (int run = 0; run < 2; run++, model.PrepareForInference())
        {
            Assert.IsEmpty(TinyModels.Logits(model));
            Assert.IsEmpty(TinyModels.Logits(model, [], []));
            TinyModels.AssertSameBits(TinyModels.Logits(model, [5, 6], [7]), TinyModels.Logits(model, [], [5, 6], [], [7], []), "among empty ones");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_token_table_may_be_kept_packed_only(string family)
    {
        using MaskedLanguageModel model = TinyModels.Create(family, s_engine, change: c => c with { VocabularySize = 101 });
        int[] ids = [0, 100, 31, 32, 33, 63, 64, 99, 96, 7];
        float[] plain = TinyModels.Logits(model, ids);
        s_engine.Pack(model.Encoder.TokenTable);
        TinyModels.AssertSameBits(plain, TinyModels.Logits(model, ids), "packed");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TinyModels.Logits(model, [101]));
    }

    [TestMethod]
    public void Types_are_one_for_each_token()
    {
        using MaskedLanguageModel model = TinyModels.Create("bert", s_engine);
        using Pass pass = Pass.ForInference(s_engine);
        var batch = new RaggedTokens();
        batch.Append([5, 6, 7]);
        pass.Begin();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.Encoder.Forward(pass, batch, [0, 1])).Message, "3 rows was given 2 indices");
        pass.Begin();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Encoder.Forward(pass, batch, [0, 1, 2])).Message, "'embeddings.types' has 2 rows");
    }

    [TestMethod]
    public void Fresh_weights_are_a_function_of_the_seed()
    {
        using MaskedLanguageModel a = MaskedLanguageModel.Initialise(EncoderFamily.Bert, TinyModels.Configuration("bert", 500, width: 64), s_engine, 1);
        using MaskedLanguageModel b = MaskedLanguageModel.Initialise(EncoderFamily.Bert, TinyModels.Configuration("bert", 500, width: 64), s_engine, 1);
        using MaskedLanguageModel c = MaskedLanguageModel.Initialise(EncoderFamily.Bert, TinyModels.Configuration("bert", 500, width: 64), s_engine, 2);
        TinyModels.AssertSameWeights(TinyModels.Weights(a), TinyModels.Weights(b));
        float[] table = TinyModels.Weights(a)["embeddings.tokens"];
        CollectionAssert.AreNotEqual(table, TinyModels.Weights(c)["embeddings.tokens"]);
        Assert.AreEqual(0, table.Average(), .01);
        Assert.AreEqual(.4, Math.Sqrt(table.Average(value => (double)value * value)), .01);
        Assert.IsTrue(TinyModels.Weights(a)["layers.1.norm.weight"].All(value => value == 1));
        Assert.IsTrue(TinyModels.Weights(a)["layers.1.norm.bias"].All(value => value == 0));
    }
}
