using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// An encoder with a head on an engine. For inference its weights are packed and it may be shared between threads, each with a
/// <see cref="Pass"/> of its own.
/// </summary>
public abstract class EncoderWithHead : IDisposable
{
    /// <summary>Declares the encoder's parameters; they have no values yet.</summary>
    private protected EncoderWithHead(EncoderFamily family, EncoderConfiguration configuration, Engine engine)
    {
        Family = family;
        Engine = engine;
        Encoder = family.Build(configuration, Parameters);
    }

    /// <summary>Which family's names and configuration the model is saved with.</summary>
    public EncoderFamily Family { get; }

    /// <summary>The engine that computes.</summary>
    public Engine Engine { get; private set; }

    /// <summary>The encoder.</summary>
    public Encoder Encoder { get; }

    /// <summary>What the encoder is built from.</summary>
    public EncoderConfiguration Configuration => Encoder.Configuration;

    /// <summary>All weights.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>Whether the model has gradients and moments and can be trained.</summary>
    public bool IsTrainable { get; private set; }

    /// <summary>Whether the encoder's linear layers are 8-bit integers now.</summary>
    public bool IsQuantized { get; private set; }

    /// <summary>Whether <see cref="PrepareForInference()"/> ends with <see cref="Quantize"/>.</summary>
    internal bool QuantizesForInference { get; set; }

    /// <summary>The smallest type that holds the weights exactly: the checkpoint's, where all of it has one; floats once trained.</summary>
    public ElementType StoredAs { get; internal set; }

    /// <summary>The class that Hugging Face loads the model with.</summary>
    internal abstract string Architecture { get; }

    /// <summary>The matrix that is looked up and multiplies too, where there is one.</summary>
    private protected abstract Parameter? TiedTable { get; }

    /// <summary>The checkpoint's names for the parameters.</summary>
    internal abstract IEnumerable<TensorName> TensorNames();

    /// <summary>Writes what <c>config.json</c> says of the head.</summary>
    internal virtual void WriteHead(Utf8JsonWriter writer)
    {
    }

    /// <summary>
    /// Has another engine compute. One that shares parameters with this one, as those on other numbers of threads do, takes over at once;
    /// to another the parameters are moved, one by one, by reading and writing, with what training keeps beside them; packed or rounded
    /// ones are so there too. A <see cref="Pass"/> stays on the engine that it was made on; while parameters are moved, none may be
    /// computing.
    /// </summary>
    /// <exception cref="NotSupportedException">The model is quantized, and the engine cannot do that; nothing has moved.</exception>
    public void ComputeOn(Engine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        if (Engine.SharesParametersWith(engine))
        {
            Engine = engine;
            return;
        }
        if (IsQuantized && !engine.CanQuantize)
            throw new NotSupportedException($"The model's weights are rounded to integers, which '{engine.Name}' cannot compute with. Load the model again, and do not quantize it.");
        Engine from = Engine;
        Engine = engine;
        foreach (Parameter parameter in Parameters.All)
        {
            bool packed = parameter.Packed is not null;
            from.Move(parameter, engine);
            if (packed)
                PrepareForInference(parameter);
        }
        if (IsQuantized)
            Quantize();
    }

    /// <summary>Gives every parameter a gradient and moments, all zero.</summary>
    /// <param name="cancellationToken">Looked at between parameters. A model that was cancelled is to be disposed.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void PrepareForTraining(CancellationToken cancellationToken = default)
    {
        foreach (Parameter parameter in Parameters.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Engine.Unpack(parameter);
            Engine.CreateTraining([parameter], averages: false);
        }
        IsTrainable = true;
        IsQuantized = false;
        StoredAs = ElementType.Float32;
    }

    /// <summary>Frees what only training needs and packs the weights.</summary>
    public void PrepareForInference()
    {
        foreach (Parameter parameter in Parameters.All)
            PrepareForInference(parameter);
        IsTrainable = false;
        if (QuantizesForInference)
            Quantize();
    }

    /// <summary>
    /// Rounds the weights of the encoder's linear layers to 8-bit integers, for inference: a quarter of the memory, and faster on processors with
    /// AVX-VNNI. Tables, the head and normalisations stay floats. What is saved, or trained on, are the rounded values; rounded again they are the same.
    /// </summary>
    public void Quantize()
    {
        foreach (Parameter parameter in Parameters.All)
        {
            if (parameter.Role == ParameterRole.Matrix && parameter.Part.Layer is not null)
                Engine.Quantize(parameter);
        }
        IsQuantized = true;
        StoredAs = ElementType.Float32;
    }

    /// <summary>Frees what only training needs of one parameter and packs it where it multiplies.</summary>
    internal void PrepareForInference(Parameter parameter)
    {
        Engine.ReleaseTraining([parameter]);
        bool multiplies = parameter.Role == ParameterRole.Matrix || parameter == TiedTable;
        if (multiplies && parameter.Packed is null)
            Engine.Pack(parameter);
    }

    /// <summary>
    /// Gives a parameter a fresh value: normal with the configuration's standard deviation, biases 0, normalisations 1. It depends on
    /// the seed and on where the parameter stands among the model's.
    /// </summary>
    internal void InitializeFresh(Parameter parameter, ulong seed)
    {
        ulong key = Philox.Mix(Philox.Mix(seed, 0x696E6974), (ulong)Parameters.IndexOf(parameter));
        Engine.CreateValues(parameter);
        FreshWeights.Write(Engine, parameter, Configuration.InitializerRange, key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        GC.SuppressFinalize(this);
    }
}
