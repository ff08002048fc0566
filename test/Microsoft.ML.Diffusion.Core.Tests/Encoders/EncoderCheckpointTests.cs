using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Models written and read back, under the names and in the layouts that checkpoints of the world have.</summary>
[TestClass]
public sealed class EncoderCheckpointTests
{
    private static readonly int[][] s_batch = [[5, 6, 7, 8], [9], [3, 14, 1, 5, 9, 2, 6, 5, 3, 5]];
    private static readonly Engine s_engine = CpuEngine.Create(1);

    public static IEnumerable<object[]> Families => SmallModels.FamilyNames.Select(name => new object[] { name });

    public static IEnumerable<object[]> FamiliesAndTypes =>
        from name in SmallModels.FamilyNames from type in Enum.GetValues<ElementType>() select new object[] { name, type };

    [TestMethod]
    [DynamicData(nameof(FamiliesAndTypes))]
    public void A_model_comes_back_as_it_was_saved(string family, ElementType type)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        using MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(TinyModels.Save(model, type)), s_engine);
        Assert.AreEqual(model.Configuration, loaded.Configuration);
        TinyModels.AssertSameWeights(SmallModels.Weights(model), SmallModels.Weights(loaded), value => Rounded(value, type));
        if (type == ElementType.Float32)
            Comparison.AssertSameBits(SmallModels.Logits(model, s_batch), SmallModels.Logits(loaded, s_batch),
                "logits, packed after plain");

        // A packed model is saved as a plain one is: the same bytes, again and again.
        Dictionary<string, ReadOnlyMemory<byte>> first = TinyModels.Save(loaded, type), second;
        loaded.PrepareForTraining();
        second = TinyModels.Save(loaded, type);
        foreach ((string name, ReadOnlyMemory<byte> content) in first)
            Assert.IsTrue(content.Span.SequenceEqual(second[name].Span), name);
        Assert.IsTrue(first[ModelFiles.WeightsName].Span.SequenceEqual(TinyModels.Save(model, type)[ModelFiles.WeightsName].Span));
    }

    [TestMethod]
    [DataRow(-.1)]
    [DataRow(1.0)]
    [DataRow(double.NaN)]
    public void A_rate_of_dropout_out_of_range_is_refused_whatever_is_loaded(double rate)
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        ModelFiles files = TinyModels.Files(TinyModels.Save(model));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => EncoderCheckpoint.Load(files, s_engine, rate));
        var task = new TaskConfiguration(TaskKind.TokenClassification, ["a", "b"]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => EncoderCheckpoint.LoadForTask(files, task, s_engine, seed: 1, dropout: rate));
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_separate_decoder_is_read_and_a_missing_one_is_the_token_table(string family)
    {
        using MaskedLanguageModel untied =
            SmallModels.Create(family, s_engine, change: c => c with { Head = c.Head with { IsTied = false } });
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(untied);
        using (MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine))
        {
            Assert.IsFalse(loaded.Configuration.Head.IsTied);
            Comparison.AssertSameBits(SmallModels.Logits(untied, s_batch), SmallModels.Logits(loaded, s_batch), "logits");
        }
        string decoder = untied.TensorNames().Single(name => name.Parameter == "decoder.weight").Tensors[0];
        TinyModels.EditWeights(files, tensor => tensor.Name == decoder ? null : tensor);
        using (MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine))
        {
            Assert.IsTrue(loaded.Configuration.Head.IsTied);
            Assert.AreSame(loaded.Encoder.TokenTable, loaded.Head.Decoder);
            Assert.AreEqual(loaded.Encoder.TokenTable.Length, untied.Parameters.Length - loaded.Parameters.Length);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Names_may_lack_the_prefix_or_be_TensorFlows(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, float[]> weights = SmallModels.Weights(model);
        foreach (Func<string, string> rename in new Func<string, string>[]
        {
            name => name.StartsWith(model.Family.Prefix, StringComparison.Ordinal) ? name[model.Family.Prefix.Length..] : name,
            name => name.Contains("norm", StringComparison.OrdinalIgnoreCase)
                ? name.Replace(".weight", ".gamma", StringComparison.Ordinal).Replace(".bias", ".beta", StringComparison.Ordinal)
                : name,
            name => name switch { "cls.predictions.bias" => "cls.predictions.decoder.bias",
                "lm_head.bias" => "lm_head.decoder.bias", _ => name },
        })
        {
            Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
            TinyModels.EditWeights(files, tensor => tensor with { Name = rename(tensor.Name) });
            using MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine);
            TinyModels.AssertSameWeights(weights, SmallModels.Weights(loaded));
        }
    }

    [TestMethod]
    public void Configurations_keep_what_they_say()
    {
        var odd = new Dictionary<string, Func<EncoderConfiguration, EncoderConfiguration>>
        {
            ["bert"] = c => c.WithDropout(0.25) with
            {
                FeedForward = c.FeedForward with { Activation = Activation.Relu, Dropout = 0.25 },
                    Head = c.Head with { Activation = Activation.Relu, Dropout = 0.45 },
                Norm = new NormConfiguration { Epsilon = 1e-7 }, Embeddings = new EmbeddingConfiguration { TokenTypes = 3, Dropout = 0.25 },
                Attention = c.Attention with { Dropout = 0.35, OutputDropout = 0.25 }, InitializerRange = .01, PadToken = 2,
            },
            ["roberta"] = c => c.WithDropout(0) with
            {
                FeedForward = c.FeedForward with { Activation = Activation.GeluTanh, Dropout = 0 },
                    Embeddings = new EmbeddingConfiguration { TokenTypes = 1, PositionOffset = 5 },
                Attention = c.Attention with { Dropout = 0.15, OutputDropout = 0 }, PadToken = 4, MaxLength = 9,
            },
            ["modernbert"] = c => c with
            {
                Embeddings = new EmbeddingConfiguration { Dropout = .3 },
                Attention = new AttentionConfiguration
                {
                    Heads = 2, HasBias = true, Dropout = .4, OutputDropout = .2, GlobalLayers = LayerPattern.All, LocalWindow = 6,
                        GlobalTheta = 5e5, LocalTheta = 123.5,
                },
                FeedForward = c.FeedForward with { HasBias = true, Activation = Activation.Silu, Dropout = .2 },
                Norm = new NormConfiguration { Epsilon = 1e-3, HasBias = true },
                Head = c.Head with { HasBias = true, HasDecoderBias = false, Activation = Activation.Tanh },
            },
        };
        odd["distilbert"] = c => c.WithDropout(0.15) with
        {
            Attention = c.Attention with { Dropout = 0.35 },
                Head = c.Head with { Activation = Activation.Relu, Dropout = 0.45, AnswerDropout = 0.55, IsTied = false },
            FeedForward = c.FeedForward with { Activation = Activation.Relu, Dropout = 0.15 }, InitializerRange = .01, PadToken = 2,
        };
        odd["electra"] = c => odd["bert"](c) with
        {
            Head = c.Head with { Dropout = 0.45 }, Embeddings = new EmbeddingConfiguration { TokenTypes = 3, Width = 5, Dropout = 0.25 }
        };
        odd["albert"] = c => c with
        {
            Layers = 7, DistinctLayers = 3, Embeddings = new EmbeddingConfiguration { TokenTypes = 1, Width = 8, Dropout = 0.25 },
            Attention = c.Attention with { Dropout = 0.35, OutputDropout = 0.25 },
            FeedForward = c.FeedForward with { Activation = Activation.Silu },
            Head = c.Head with { Activation = Activation.Silu, Dropout = 0.45 }, Norm = new NormConfiguration { Epsilon = 1e-7 },
        };
        foreach ((string family, Func<EncoderConfiguration, EncoderConfiguration> change) in odd)
        {
            using MaskedLanguageModel model = SmallModels.Create(family, s_engine, change: change);
            using MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(TinyModels.Save(model)), s_engine);
            Assert.AreEqual(model.Configuration, loaded.Configuration);
            Assert.AreEqual(model.Family, loaded.Family);
            Comparison.AssertSameBits(SmallModels.Logits(model, [5, 6, 7]), SmallModels.Logits(loaded, [5, 6, 7]), family);
        }
    }

    [TestMethod]
    public void Configuration_files_that_ask_for_the_impossible_are_refused()
    {
        Refused("bert", json => json["model_type"] = "t5", "\"t5\"", "model_type", "\"modernbert\"");
        Refused("bert", json => json.Remove("model_type"), "model_type");
        Refused("bert", json => json["num_attention_heads"] = 3, "num_attention_heads", "divisor of hidden_size, which is 8");
        Refused("modernbert", json => json["num_attention_heads"] = 8, "num_attention_heads", "even width");
        Refused("bert", json => json["num_hidden_layers"] = 0, "num_hidden_layers", "1 to 1024");
        Refused("modernbert", json => json["num_hidden_layers"] = 1000, "num_hidden_layers", "1000", "tensors");
        Refused("bert", json => json["num_hidden_layers"] = 3, "encoder.layer.2");
        Refused("bert", json => json["hidden_size"] = 2_000_000_000, "hidden_size");
        Refused("bert", json => json["hidden_size"] = "eight", "hidden_size", "eight");
        Refused("bert", json => json["vocab_size"] = 1 << 24, "word_embeddings.weight", "[23, 8]", "[16777216, 8]");
        Refused("roberta", json => json["vocab_size"] = 24, "roberta.embeddings.word_embeddings.weight", "[23, 8]", "[24, 8]");
        Refused("roberta", json => json["max_position_embeddings"] = 2, "max_position_embeddings", "more than 2");
        Refused("roberta", json => json["pad_token_id"] = 13, "max_position_embeddings", "more than 14");
        Refused("bert", json => json["hidden_act"] = "mish", "hidden_act", "mish");
        Refused("bert", json => json["position_embedding_type"] = "relative_key", "position_embedding_type", "relative_key");
        Refused("modernbert", json => json["global_attn_every_n_layers"] = 0, "global_attn_every_n_layers");
        Refused("modernbert", json => json["intermediate_size"] = 13, "mlp.Wi.weight", "[26, 8]");
        Refused("distilbert", json => json["n_heads"] = 3, "n_heads", "divisor of dim, which is 8");
        Refused("distilbert", json => json.Remove("dim"), "dim");
        Refused("distilbert", json => json["n_layers"] = 3, "transformer.layer.2");
        Refused("electra", json => json["embedding_size"] = 0, "embedding_size", "1 to");
        Refused("electra", json => json["embedding_size"] = 8, "electra.embeddings.word_embeddings.weight", "[23, 5]", "[23, 8]");
        Refused("albert", json => json["inner_group_num"] = 2, "inner_group_num", "greater values are not supported");
        Refused("albert", json => json["num_hidden_groups"] = 4, "num_hidden_groups", "at most num_hidden_layers, which is 3");
        Refused("albert", json => json["num_hidden_groups"] = 3, "albert_layer_groups.2");
        Refused("albert", json => json["embedding_size"] = 5, "albert.embeddings.word_embeddings.weight", "[23, 6]", "[23, 5]");

        static void Refused(string family, Action<JsonObject> edit, params string[] words)
        {
            using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
            Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
            TinyModels.EditConfiguration(files, edit);
            AssertRefused(files, words);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Weights_that_do_not_fit_are_refused_by_name(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> sound = TinyModels.Save(model);
        string[] tensors;
        using (TensorSource source = SafeTensorsReader.Open(sound[ModelFiles.WeightsName], "sound"))
            tensors = [.. source.Entries.Keys];
        foreach (string name in tensors)
        {
            var files = new Dictionary<string, ReadOnlyMemory<byte>>(sound);
            TinyModels.EditWeights(files, tensor => tensor.Name == name ? null : tensor);
            AssertRefused(files, name == "generator_predictions.dense.weight" ? ["generator_predictions", "cannot generate text"]
                : [$"'{name}'", "no tensor"]);

            files = new(sound);
            TinyModels.EditWeights(files, tensor => tensor.Name == name
                ? TensorToWrite.FromMemory(name, [2, 3], ElementType.Float32, new float[6]) : tensor);
            AssertRefused(files, $"'{name}'", "[2, 3]");
        }

        // An element type that is not read: the header says I32 of the same size.
        string bias = tensors.First(name => name.EndsWith("bias", StringComparison.Ordinal));
        byte[] bytes = sound[ModelFiles.WeightsName].ToArray();
        int at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"{bias}\":{{\"dtype\":\"F32\""));
        "I32"u8.CopyTo(bytes.AsSpan(bytes.AsSpan(at).IndexOf("F32"u8) + at));
        AssertRefused(new(sound) { [ModelFiles.WeightsName] = bytes }, $"'{bias}'", "I32");

        AssertRefused(new(sound) { [ModelFiles.WeightsName] = sound[ModelFiles.WeightsName][..^1] }, ModelFiles.WeightsName);
        AssertRefused(sound.Where(file => file.Key != ModelFiles.WeightsName).ToDictionary(), ModelFiles.WeightsName);
        AssertRefused(sound.Where(file => file.Key != ModelFiles.ConfigurationName).ToDictionary(), ModelFiles.ConfigurationName);
    }

    [TestMethod]
    public void A_tokenizer_larger_than_the_model_is_refused_before_the_weights_are_opened()
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        files["vocab.txt"] = Vocabulary(24);
        var opened = new List<string>();
        EncoderModel source = EncoderModel.FromFiles(ModelFiles.FromStreams(files.Keys, name =>
        {
            opened.Add(name);
            return new MemoryStream(files[name].ToArray());
        }, "a zip"));
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => source.LoadMaskedLanguageModel(s_engine));
        foreach (string word in new[] { "a zip", "ids up to 23", "has 23; expected at least 24", "Use the files that were saved together" })
            StringAssert.Contains(exception.Message, word);
        CollectionAssert.DoesNotContain(opened, ModelFiles.WeightsName);

        files["vocab.txt"] = Vocabulary(20); // vocabularies of models are often padded
        using MaskedLanguageModel loaded = EncoderModel.FromFiles(TinyModels.Files(files)).LoadMaskedLanguageModel(s_engine);
        TinyModels.AssertSameWeights(SmallModels.Weights(model), SmallModels.Weights(loaded));

        static byte[] Vocabulary(int count) => System.Text.Encoding.UTF8.GetBytes(
            string.Join('\n', ((string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
                .Concat(Enumerable.Range(0, count - 5).Select(i => $"w{(char)('a' + i)}"))) + "\n");
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Damaged_directories_load_or_are_refused(string family)
    {
        const int mutants = 3400;
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> sound = TinyModels.Save(model);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < mutants; i++)
        {
            var files = new Dictionary<string, ReadOnlyMemory<byte>>(sound);
            string name = i % 3 == 0 ? ModelFiles.WeightsName : ModelFiles.ConfigurationName;
            files[name] = Mutate(sound[name].Span, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine);
                if (i % 10 == 0 && loaded.Configuration.MaxLength >= 3)
                    SmallModels.Logits(loaded, [5, 6, 7]);
            }
            catch (CheckpointException)
            {
                refused++;
            }
            Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"mutant {i}");
        }
        Assert.IsInRange(mutants / 3, mutants - 1, refused);
    }

    private static byte[] Mutate(ReadOnlySpan<byte> sound, Random random)
    {
        ReadOnlySpan<byte> odd = "{}[]\",:0123456789-.e "u8;
        var bytes = new List<byte>(sound.ToArray());
        int interesting = Math.Min(bytes.Count, 4000);
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(Math.Min(interesting, bytes.Count));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = odd[random.Next(odd.Length)];
                    break;
                case 2:
                    int digit = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)('0' + random.Next(10));
                    break;
                case 3:
                    digit = bytes.FindIndex(at, b => b is >= (byte)'1' and <= (byte)'9');
                    if (digit >= 0)
                        bytes.InsertRange(digit, Enumerable.Repeat((byte)'9', random.Next(1, 12)));
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at - 1));
                    break;
            }
        }
        return [.. bytes];
    }

    private static void AssertRefused(Dictionary<string, ReadOnlyMemory<byte>> files, params string[] words)
    {
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => EncoderCheckpoint.Load(TinyModels.Files(files), s_engine).Dispose());
        Checkpoints.SafeTensorsBytes.AssertExplains(exception, words);
    }

    private static float Rounded(float value, ElementType type) => type switch
    {
        ElementType.Float16 => (float)(Half)value,
        ElementType.BFloat16 => NearestWithZeroLowBits(value),
        _ => value,
    };

    private static float NearestWithZeroLowBits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), low = bits & 0xFFFF, even = bits >> 16 & 1;
        return BitConverter.UInt32BitsToSingle((bits & 0xFFFF_0000) + (low + even > 0x8000 ? 0x10000u : 0));
    }
}
