using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// An encoder with its masked-language head on an engine. For inference its weights are packed and it may be shared between
/// threads, each with a <see cref="Pass"/> of its own.
/// </summary>
public sealed class MaskedLanguageModel : IDisposable
{
    /// <summary>Rows of a packed table are looked up more slowly, which a small model would feel; a large one would feel the memory.</summary>
    private const long LargestTableKeptTwice = 1 << 23;

    private readonly ParameterSet _parameters = new();

    /// <summary>Declares a model; its parameters have no values yet.</summary>
    internal MaskedLanguageModel(EncoderFamily family, EncoderConfiguration configuration, Engine engine)
    {
        Family = family;
        Engine = engine;
        Encoder = new Encoder(configuration, _parameters);
        Head = new MaskedLanguageHead(Encoder, _parameters);
    }

    /// <summary>Which family's names and configuration the model is saved with.</summary>
    public EncoderFamily Family { get; }

    /// <summary>The engine that computes.</summary>
    public Engine Engine { get; }

    /// <summary>The encoder.</summary>
    public Encoder Encoder { get; }

    /// <summary>The head.</summary>
    public MaskedLanguageHead Head { get; }

    /// <summary>What the model is built from.</summary>
    public EncoderConfiguration Configuration => Encoder.Configuration;

    /// <summary>All weights.</summary>
    public ParameterSet Parameters => _parameters;

    /// <summary>Whether the model has gradients and moments and can be trained.</summary>
    public bool IsTrainable { get; private set; }

    /// <summary>The smallest type that holds the weights exactly: the checkpoint's, where all of it has one; floats once trained.</summary>
    public ElementType StoredAs { get; internal set; }

    /// <summary>A model with fresh weights: normal with the configuration's standard deviation, biases 0, normalisations 1.</summary>
    public static MaskedLanguageModel Initialise(EncoderFamily family, EncoderConfiguration configuration, Engine engine, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(engine);
        var model = new MaskedLanguageModel(family, configuration, engine);
        ulong key = Philox.Mix(seed, 0x696E6974);
        for (int i = 0; i < model.Parameters.All.Count; i++)
        {
            Parameter parameter = model.Parameters.All[i];
            parameter.Value = engine.CreateBuffer(parameter.Length);
            FreshWeights.Write(engine, parameter, configuration.InitializerRange, Philox.Mix(key, (ulong)i));
        }
        return model;
    }

    /// <summary>Gives every parameter a gradient and moments, all zero.</summary>
    public void PrepareForTraining()
    {
        foreach (Parameter parameter in _parameters.All)
        {
            Engine.Unpack(parameter);
            parameter.Gradient ??= Engine.CreateBuffer(parameter.Length);
            parameter.FirstMoment ??= Engine.CreateBuffer(parameter.Length);
            parameter.SecondMoment ??= Engine.CreateBuffer(parameter.Length);
        }
        IsTrainable = true;
        StoredAs = ElementType.Float32;
    }

    /// <summary>Frees what only training needs and packs the weights.</summary>
    public void PrepareForInference()
    {
        foreach (Parameter parameter in _parameters.All)
            PrepareForInference(parameter);
        IsTrainable = false;
    }

    /// <summary>Frees what only training needs of one parameter and packs it where it multiplies.</summary>
    internal void PrepareForInference(Parameter parameter)
    {
        parameter.ReleaseTraining();
        bool multiplies = !parameter.IsVector && (!IsTable(parameter) || parameter == Head.Decoder);
        if (multiplies && parameter.Packed is null)
            Engine.Pack(parameter, keepValue: IsTable(parameter) && parameter.Length <= LargestTableKeptTwice);
    }

    /// <inheritdoc/>
    public void Dispose() => _parameters.Dispose();

    private static bool IsTable(Parameter parameter) => parameter.Name.StartsWith("embeddings.", StringComparison.Ordinal);
}
