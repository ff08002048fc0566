using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// An encoder with a head on an engine. For inference its weights are packed, and threads may share it, each with its own
/// <see cref="Pass"/>.
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

    /// <summary>The family whose names and configuration are used to save the model.</summary>
    public EncoderFamily Family { get; }

    /// <summary>The engine.</summary>
    public Engine Engine { get; private set; }

    /// <summary>The encoder.</summary>
    public Encoder Encoder { get; }

    /// <summary>The encoder's configuration.</summary>
    public EncoderConfiguration Configuration => Encoder.Configuration;

    /// <summary>All weights.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>Whether the model has gradients and moments, so that it can be trained.</summary>
    public bool IsTrainable { get; private set; }

    /// <summary>Whether the encoder's linear layers are currently 8-bit integers.</summary>
    public bool IsQuantized { get; private set; }

    /// <summary>Whether <see cref="PrepareForInference()"/> ends with <see cref="Quantize"/>.</summary>
    internal bool QuantizesForInference { get; set; }

    /// <summary>
    /// The smallest type that holds the weights exactly: the checkpoint's, if all weights have one; floats after training.
    /// </summary>
    public ElementType StoredAs { get; internal set; }

    /// <summary>Hugging Face's class for loading the model.</summary>
    internal abstract string Architecture { get; }

    /// <summary>The tied matrix, which is both looked up and multiplied, if there is one.</summary>
    private protected abstract Parameter? TiedTable { get; }

    /// <summary>The checkpoint's names for the parameters.</summary>
    internal abstract IEnumerable<TensorName> TensorNames();

    /// <summary>Writes the head's properties of <c>config.json</c>.</summary>
    internal virtual void WriteHead(Utf8JsonWriter writer)
    {
    }

    /// <summary>
    /// Moves the model to another engine. An engine that shares parameters with this one, such as one on another number of threads, takes
    /// over at once; otherwise the parameters and their training state are moved one by one, by reading and writing, and packed or rounded
    /// again. A <see cref="Pass"/> stays on the engine that it was made on; no computation may run while parameters are moved.
    /// </summary>
    /// <exception cref="NotSupportedException">The model is quantized, and the engine does not support that; nothing has moved.</exception>
    public void ComputeOn(Engine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        if (Engine.SharesParametersWith(engine))
        {
            Engine = engine;
            return;
        }
        if (IsQuantized && !engine.CanQuantize)
            throw new NotSupportedException(
                $"The model's weights are quantized, which '{engine.Name}' does not support. Load the model again without quantizing it.");
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

    /// <summary>
    /// Computes the head's logits: of each sequence, [sequences × outputs], if the head is for sequences, otherwise of each token,
    /// [tokens × outputs].
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="types">Each token's type (segment), [tokens]; empty for type 0 everywhere.</param>
    /// <exception cref="ArgumentException">A sequence is longer than the encoder's <see cref="EncoderConfiguration.MaxLength"/>.
    /// </exception>
    public abstract Tensor Forward(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types = default);

    /// <summary>Gives every parameter a gradient and moments, all zero.</summary>
    /// <param name="cancellationToken">Checked between parameters. Dispose the model after a cancellation.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
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

    /// <summary>Frees the training state and packs the weights.</summary>
    public void PrepareForInference()
    {
        foreach (Parameter parameter in Parameters.All)
            PrepareForInference(parameter);
        IsTrainable = false;
        if (QuantizesForInference)
            Quantize();
    }

    /// <summary>
    /// Rounds the weights of the encoder's linear layers to 8-bit integers for inference: a quarter of the memory, and faster on processors
    /// with AVX-VNNI. Tables, the head and normalizations stay floats. Saving or training uses the rounded values, and rounding those again
    /// does not change them.
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

    /// <summary>Frees the training state of one parameter and packs it if it is used in products.</summary>
    internal void PrepareForInference(Parameter parameter)
    {
        Engine.ReleaseTraining([parameter]);
        bool multiplies = parameter.Role == ParameterRole.Matrix || parameter == TiedTable;
        if (multiplies && parameter.Packed is null)
            Engine.Pack(parameter);
    }

    /// <summary>
    /// Initializes a parameter: normal with the configuration's standard deviation, biases 0, normalizations 1. The value depends on the
    /// seed and on the parameter's index in the model.
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
