using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

[TestClass]
public sealed class EncoderTests
{
    private static readonly Engine s_engine = CpuEngine.Create(2);

    /// <summary>All lanes run everywhere: where an instruction is missing, .NET does its work in others.</summary>
    public static IEnumerable<object[]> FamiliesAndLanes =>
        from name in SmallModels.FamilyNames from lanes in
            (string[])["AVX-512", "AVX2", "Vector128", "scalar", "float64"] select new object[] { name, lanes };

    public static IEnumerable<object[]> Families => SmallModels.FamilyNames.Select(name => new object[] { name });

    /// <summary>The oracle's outputs for very small models, stored here so that no Python is needed.</summary>
    [TestMethod]
    [DynamicData(nameof(FamiliesAndLanes))]
    public void Encoder_agrees_with_the_oracle_s_stored_outputs(string family, string lanes)
    {
        using Engine engine = lanes switch
        {
            "AVX-512" => new CpuEngine<Lanes512, float>(2),
            "AVX2" => new CpuEngine<Lanes256, float>(2),
            "Vector128" => new CpuEngine<Lanes128, float>(2),
            "scalar" => new CpuEngine<LanesSingle, float>(2),
            _ => new CpuEngine<LanesDouble, double>(2),
        };
        EncoderOracle.Compare(Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures",
            "oracle-" + family), engine);
    }

    [TestMethod]
    public void Discriminator_agrees_with_the_oracle_s_stored_outputs() => EncoderOracle.CompareDiscriminator(
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "oracle-electra-discriminator"),
        s_engine);

    [TestMethod]
    public void A_discriminator_asked_to_write_names_the_generator()
    {
        ModelFiles files = ModelFiles.FromDirectory(
            Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures",
                "oracle-electra-discriminator"));
        string message = Assert.ThrowsExactly<CheckpointException>(() => EncoderCheckpoint.Load(files, s_engine)).Message;
        foreach (string part in new[] { "oracle-electra-discriminator", "discriminator", "cannot generate text", "Use the generator",
            "ElectraForMaskedLM", "can be fine-tuned" })
            StringAssert.Contains(message, part);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Parameters_know_their_role_and_part(string family)
    {
        using MaskedLanguageModel model =
            SmallModels.Create(family, s_engine, change: c => c with { Head = c.Head with { IsTied = false } });
        foreach (Parameter parameter in model.Parameters.All)
        {
            string name = parameter.Name;
            ModelPart part = name.StartsWith("embeddings.", StringComparison.Ordinal) ? ModelPart.Embeddings
                : name.StartsWith("layers.", StringComparison.Ordinal) ? ModelPart.OfLayer(name["layers.".Length] - '0')
                : name.StartsWith("norm.", StringComparison.Ordinal) ? ModelPart.FinalNorm : ModelPart.Head;
            ParameterRole role = name.EndsWith(".bias", StringComparison.Ordinal) ? ParameterRole.Bias
                : name.EndsWith("norm.weight", StringComparison.Ordinal) ? ParameterRole.Norm
                : name is "embeddings.tokens" or "embeddings.positions" or "embeddings.types" ? ParameterRole.Table : ParameterRole.Matrix;
            Assert.AreEqual((role, part), (parameter.Role, parameter.Part), name);
            Assert.AreEqual(role is ParameterRole.Bias or ParameterRole.Norm, parameter.IsVector, name);
        }
    }

    [TestMethod]
    public void A_shared_layer_is_run_several_times_and_learns_from_each()
    {
        using MaskedLanguageModel model = SmallModels.Create("albert", s_engine);
        Assert.HasCount(2,
            model.Parameters.All.Where(parameter => parameter.Name.EndsWith("attention.qkv.weight", StringComparison.Ordinal)));
        using MaskedLanguageModel unrolled = SmallModels.Create("albert", s_engine, change: c => c with { DistinctLayers = null });
        foreach (Parameter parameter in unrolled.Parameters.All)
        {
            // Layers 0, 1, 2 are the shared layers 0, 0, 1.
            string name = parameter.Name.Replace("layers.1.", "layers.0.", StringComparison.Ordinal)
                .Replace("layers.2.", "layers.1.", StringComparison.Ordinal);
            var values = new float[parameter.Length];
            s_engine.Read(model.Parameters[name], 0, values);
            s_engine.Write(parameter.Value!, 0, values);
        }
        Comparison.AssertSameBits(SmallModels.Logits(unrolled, [5, 6, 7], [8]), SmallModels.Logits(model, [5, 6, 7], [8]), "logits");
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void The_longest_sequence_runs_and_a_longer_one_is_refused(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        int longest = model.Configuration.MaxLength;
        Assert.IsTrue(SmallModels.Logits(model, Sequence(longest)).All(float.IsFinite));
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => SmallModels.Logits(model, [5], Sequence(longest + 1)));
        StringAssert.Contains(exception.Message, "Sequence 1 has 13 tokens; the encoder takes at most 12");

        static int[] Sequence(int length) => [.. Enumerable.Range(0, length).Select(i => 5 + i)];
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Ids_out_of_range_are_refused_plain_and_packed(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        for (int run = 0; run < 2; run++, model.PrepareForInference())
        {
            foreach (int id in new[] { -1, 23, int.MaxValue, int.MinValue })
            {
                ArgumentOutOfRangeException exception =
                    Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallModels.Logits(model, [5, id, 6]));
                StringAssert.Contains(exception.Message, "'embeddings.tokens' has 23 rows");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void No_sequences_and_empty_sequences_have_no_states(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        for (int run = 0; run < 2; run++, model.PrepareForInference())
        {
            Assert.IsEmpty(SmallModels.Logits(model));
            Assert.IsEmpty(SmallModels.Logits(model, [], []));
            Comparison.AssertSameBits(SmallModels.Logits(model, [5, 6], [7]), SmallModels.Logits(model, [], [5, 6], [], [7], []),
                "among empty ones");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_token_table_may_be_kept_packed_only(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine, change: c => c with { VocabularySize = 101 });
        int[] ids = [0, 100, 31, 32, 33, 63, 64, 99, 96, 7];
        float[] plain = SmallModels.Logits(model, ids);
        s_engine.Pack(model.Encoder.TokenTable);
        Comparison.AssertSameBits(plain, SmallModels.Logits(model, ids), "packed");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallModels.Logits(model, [101]));
    }

    [TestMethod]
    public void Types_are_one_for_each_token()
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        using Pass pass = Pass.ForInference(s_engine);
        var batch = new RaggedTokens();
        batch.Append([5, 6, 7]);
        pass.Begin();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.Encoder.Forward(pass, batch, [0, 1])).Message,
            "2 indices for a tensor of 3 rows");
        pass.Begin();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => model.Encoder.Forward(pass, batch, [0, 1, 2])).Message, "'embeddings.types' has 2 rows");
    }

    [TestMethod]
    public void Fresh_weights_are_a_function_of_the_seed()
    {
        using MaskedLanguageModel a =
            MaskedLanguageModel.Initialize(EncoderFamily.Bert, SmallModels.Configuration("bert", 500, width: 64), s_engine, 1);
        using MaskedLanguageModel b =
            MaskedLanguageModel.Initialize(EncoderFamily.Bert, SmallModels.Configuration("bert", 500, width: 64), s_engine, 1);
        using MaskedLanguageModel c =
            MaskedLanguageModel.Initialize(EncoderFamily.Bert, SmallModels.Configuration("bert", 500, width: 64), s_engine, 2);
        TinyModels.AssertSameWeights(SmallModels.Weights(a), SmallModels.Weights(b));
        float[] table = SmallModels.Weights(a)["embeddings.tokens"];
        CollectionAssert.AreNotEqual(table, SmallModels.Weights(c)["embeddings.tokens"]);
        Assert.AreEqual(0, table.Average(), .01);
        Assert.AreEqual(.4, Math.Sqrt(table.Average(value => (double)value * value)), .01);
        Assert.IsTrue(SmallModels.Weights(a)["layers.1.norm.weight"].All(value => value == 1));
        Assert.IsTrue(SmallModels.Weights(a)["layers.1.norm.bias"].All(value => value == 0));
    }
}
