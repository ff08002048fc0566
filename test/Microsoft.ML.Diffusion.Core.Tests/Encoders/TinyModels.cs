using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Models of a few hundred weights, their files in memory, and what they compute.</summary>
internal static class TinyModels
{
    public static readonly string[] FamilyNames = ["bert", "roberta", "modernbert", "distilbert", "electra", "albert"];

    public static EncoderFamily Family(string name) => name switch
    {
        "bert" => EncoderFamily.Bert,
        "roberta" => EncoderFamily.Roberta,
        "distilbert" => EncoderFamily.DistilBert,
        "electra" => EncoderFamily.Electra,
        "albert" => EncoderFamily.Albert,
        _ => EncoderFamily.ModernBert,
    };

    public static EncoderConfiguration Configuration(string family, int vocabulary = 23, int maxLength = 12, int width = 8) => family switch
    {
        "modernbert" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 3, MaxLength = maxLength, InitializerRange = 0.4, PadToken = 3,
            Attention = new AttentionConfiguration { Heads = 2, HasBias = false, GlobalLayerInterval = 2, LocalWindow = 4, GlobalTheta = 160000, LocalTheta = 10000 },
            FeedForward = new FeedForwardConfiguration { Width = 12, HasBias = false },
            Norm = new NormConfiguration { Epsilon = 1e-5, HasBias = false },
            Head = new HeadConfiguration { HasBias = false },
        },
        "roberta" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 2, MaxLength = maxLength, InitializerRange = 0.4, PadToken = 1,
            Embeddings = new EmbeddingConfiguration { PositionOffset = 2, TokenTypes = 1, Dropout = 0.1 },
            Attention = new AttentionConfiguration { Heads = 2, OutputDropout = 0.1, Dropout = 0.3 },
            FeedForward = new FeedForwardConfiguration { Width = 12, Dropout = 0.1 },
            Norm = new NormConfiguration { Epsilon = 1e-5 },
        },
        "distilbert" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 2, MaxLength = maxLength, InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { Dropout = 0.1 },
            Attention = new AttentionConfiguration { Heads = 2, OutputDropout = null, Dropout = 0.3 },
            FeedForward = new FeedForwardConfiguration { Width = 12, Dropout = 0.1 },
            Head = new HeadConfiguration { AnswerDropout = 0.1 },
        },
        "electra" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 2, MaxLength = maxLength, InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2, Width = width - 3, Dropout = 0.1 },
            Attention = new AttentionConfiguration { Heads = 2, OutputDropout = 0.1, Dropout = 0.3 },
            FeedForward = new FeedForwardConfiguration { Width = 12, Dropout = 0.1 },
        },
        "albert" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 3, DistinctLayers = 2, MaxLength = maxLength, InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2, Width = width - 2, Dropout = 0.1 },
            Attention = new AttentionConfiguration { Heads = 2, OutputDropout = 0.1, Dropout = 0.3 },
            FeedForward = new FeedForwardConfiguration { Width = 12, Activation = Activation.GeluTanh, Dropout = null },
            Head = new HeadConfiguration { Activation = Activation.GeluTanh },
        },
        _ => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 2, MaxLength = maxLength, InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2, Dropout = 0.1 },
            Attention = new AttentionConfiguration { Heads = 2, OutputDropout = 0.1, Dropout = 0.3 },
            FeedForward = new FeedForwardConfiguration { Width = 12, Dropout = 0.1 },
            Norm = new NormConfiguration { Epsilon = 1e-12 },
        },
    };

    public static MaskedLanguageModel Create(string family, Engine engine, ulong seed = 1, Func<EncoderConfiguration, EncoderConfiguration>? change = null)
    {
        EncoderConfiguration configuration = Configuration(family);
        MaskedLanguageModel model = MaskedLanguageModel.Initialise(Family(family), change is null ? configuration : change(configuration), engine, seed);
        // Fresh vectors are all 0 or all 1: make each of its own.
        foreach (Parameter parameter in model.Parameters.All.Where(parameter => parameter.IsVector))
            engine.Write(parameter.Value!, 0, Numbers.Normal((int)parameter.Length, parameter.Name, .3, parameter.Role == ParameterRole.Norm ? 1 : 0));
        return model;
    }

    /// <summary>What <see cref="EncoderCheckpoint.Save(EncoderWithHead, string, ElementType)"/> writes, by name.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Save(EncoderWithHead model, ElementType type = ElementType.Float32)
    {
        string directory = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;
        try
        {
            EncoderCheckpoint.Save(model, directory, type);
            return Directory.GetFiles(directory).ToDictionary(file => Path.GetFileName(file)!, file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static ModelFiles Files(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => ModelFiles.FromMemory(files, "the test's memory");

    public static void EditConfiguration(Dictionary<string, ReadOnlyMemory<byte>> files, Action<JsonObject> edit)
    {
        JsonObject json = JsonNode.Parse(files[ModelFiles.ConfigurationName].Span)!.AsObject();
        edit(json);
        files[ModelFiles.ConfigurationName] = Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>Writes the weights anew; a tensor that becomes null is left out.</summary>
    public static void EditWeights(Dictionary<string, ReadOnlyMemory<byte>> files, Func<TensorToWrite, TensorToWrite?> edit)
    {
        using TensorSource source = SafeTensorsReader.Open(files[ModelFiles.WeightsName], "before");
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, source.Entries.Values
            .Select(entry => edit(TensorToWrite.FromMemory(entry.Name, entry.Shape.ToArray(), entry.ElementType!.Value, source.ReadArray(entry.Name, entry.Shape))))
            .OfType<TensorToWrite>());
        files[ModelFiles.WeightsName] = stream.ToArray();
    }

    public static Dictionary<string, float[]> Weights(EncoderWithHead model) => model.Parameters.All.ToDictionary(parameter => parameter.Name, parameter =>
    {
        float[] values = new float[parameter.Length];
        model.Engine.Read(parameter, 0, values);
        return values;
    });

    public static void AssertSameWeights(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual, Func<float, float>? rounded = null)
    {
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Keys.ToArray());
        foreach ((string name, float[] values) in expected)
            AssertSameBits(rounded is null ? values : Array.ConvertAll(values, value => rounded(value)), actual[name], name);
    }

    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(BitConverter.SingleToUInt32Bits(expected[i]), BitConverter.SingleToUInt32Bits(actual[i]), $"{what} [{i}]");
    }

    /// <summary>The logits of all positions of some sequences.</summary>
    public static float[] Logits(MaskedLanguageModel model, params int[][] sequences)
    {
        using Pass pass = Pass.ForInference(model.Engine);
        return Logits(model, pass, sequences);
    }

    public static float[] Logits(MaskedLanguageModel model, Pass pass, params int[][] sequences)
    {
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        pass.Begin();
        Tensor logits = model.Head.Decode(pass, model.Head.Transform(pass, model.Encoder.Forward(pass, batch)));
        float[] values = new float[logits.Rows * logits.Columns];
        pass.Read(logits, values);
        return values;
    }
}
