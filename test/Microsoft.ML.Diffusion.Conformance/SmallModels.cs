using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>Models of a few hundred weights, one of each family, and what they compute.</summary>
public static class SmallModels
{
    /// <summary>The families.</summary>
    public static IReadOnlyList<string> FamilyNames { get; } = ["bert", "roberta", "modernbert", "distilbert", "electra", "albert"];

    public static EncoderFamily Family(string name) => name switch
    {
        "bert" => EncoderFamily.Bert,
        "roberta" => EncoderFamily.Roberta,
        "distilbert" => EncoderFamily.DistilBert,
        "electra" => EncoderFamily.Electra,
        "albert" => EncoderFamily.Albert,
        "modernbert" => EncoderFamily.ModernBert,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    public static EncoderConfiguration Configuration(string family, int vocabulary = 23, int maxLength = 12, int width = 8) => family switch
    {
        "modernbert" => new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = 3, MaxLength = maxLength, InitializerRange = 0.4, PadToken = 3,
            Attention = new AttentionConfiguration
            {
                Heads = 2, HasBias = false, GlobalLayerInterval = 2, LocalWindow = 4, GlobalTheta = 160000, LocalTheta = 10000
            },
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

    public static MaskedLanguageModel Create(string family, Engine engine, ulong seed = 1,
        Func<EncoderConfiguration, EncoderConfiguration>? change = null)
    {
        EncoderConfiguration configuration = Configuration(family);
        MaskedLanguageModel model = MaskedLanguageModel.Initialize(Family(family), change is null ? configuration : change(configuration),
            engine, seed);
        // Fresh vectors are all 0 or all 1: make each of its own.
        foreach (Parameter parameter in model.Parameters.All.Where(parameter => parameter.IsVector))
        {
            double mean = parameter.Role == ParameterRole.Norm ? 1 : 0;
            engine.Write(parameter, 0, Numbers.Normal((int)parameter.Length, parameter.Name, .3, mean));
        }
        return model;
    }

    public static RaggedTokens Batch(params int[][] sequences)
    {
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        return batch;
    }

    /// <summary>The logits of all positions of some sequences.</summary>
    public static float[] Logits(MaskedLanguageModel model, params int[][] sequences)
    {
        using Pass pass = Pass.ForInference(model.Engine);
        return Logits(model, pass, sequences);
    }

    /// <inheritdoc cref="Logits(MaskedLanguageModel, int[][])"/>
    public static float[] Logits(MaskedLanguageModel model, Pass pass, params int[][] sequences)
    {
        pass.Begin();
        Tensor logits = model.Head.Decode(pass, model.Head.Transform(pass, model.Encoder.Forward(pass, Batch(sequences))));
        float[] values = new float[logits.Rows * logits.Columns];
        pass.Read(logits, values);
        return values;
    }

    /// <summary>The loss of some tokens, and the gradients of all parameters, "d" before their names.</summary>
    public static Dictionary<string, float[]> Gradients(MaskedLanguageModel model, Pass pass, params int[][] sequences)
    {
        Parameter[] parameters = [.. model.Parameters.All];
        int tokens = sequences.Sum(sequence => sequence.Length);
        model.Engine.ClearGradients(parameters);
        pass.Begin(dropoutKey: 11);
        Tensor rows = pass.Gather(model.Encoder.Forward(pass, Batch(sequences)), Numbers.Integers(5, tokens, "masked"));
        Loss loss = model.Head.Loss(
            pass, model.Head.Transform(pass, rows), Numbers.Integers(5, model.Configuration.VocabularySize, "targets"),
            Numbers.Normal(5, "weights", .2, 1), .05);
        pass.Backward();
        Dictionary<string, float[]> results = new() { ["loss"] = [(float)pass.Read(loss)] };
        foreach (Parameter parameter in parameters)
            model.Engine.Read(parameter.Gradient!, 0, results[$"d {parameter.Name}"] = new float[parameter.Length]);
        return results;
    }

    /// <summary>The values of all parameters, by name.</summary>
    public static Dictionary<string, float[]> Weights(EncoderWithHead model) =>
        model.Parameters.All.ToDictionary(parameter => parameter.Name, parameter =>
    {
        float[] values = new float[parameter.Length];
        model.Engine.Read(parameter, 0, values);
        return values;
    });
}
