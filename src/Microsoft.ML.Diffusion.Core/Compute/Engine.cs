namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A device for computation. It holds no state of a computation, so any number of threads may share one engine, each with its own
/// <see cref="Executor"/>. Only one thread at a time may change parameters, while no other uses them.
/// </summary>
/// <remarks>
/// An engine in another assembly derives from this class, <see cref="Executor"/> and <see cref="DeviceBuffer"/>. Only the engine creates,
/// exchanges and frees the buffers of a parameter, with <see cref="Store"/> and <see cref="StoreTraining"/>. An engine that holds another
/// form of a parameter's values, such as a copy in another type, updates it in <see cref="Write(Parameter, long, ReadOnlySpan{float})"/>,
/// <see cref="CopyValues"/>, <see cref="Update"/> and <see cref="ExchangeAverages"/>: values change in no other way.
/// </remarks>
public abstract class Engine : IDisposable
{
    /// <summary>The number of elements moved at a time.</summary>
    private const int PieceLength = 1 << 16;

    /// <summary>The name for logs, such as "CPU, AVX-512, 2 threads".</summary>
    public abstract string Name { get; }

    /// <summary>The number format of matrix products.</summary>
    public virtual Precision Precision => Precision.Float32;

    /// <summary>Whether <see cref="Quantize"/> is supported.</summary>
    public virtual bool CanQuantize => false;

    /// <summary>Whether another engine can use this one's parameters directly, so that a model need not be moved.</summary>
    public virtual bool SharesParametersWith(Engine other) => ReferenceEquals(this, other);

    /// <summary>
    /// Whether an exception that this engine or an executor of it threw says that the device has not enough memory. The executor can be used
    /// on after <see cref="Executor.Reset"/>.
    /// </summary>
    public virtual bool IsOutOfMemory(Exception exception) => exception is InsufficientMemoryException;

    /// <summary>Makes an executor: the memory and the primitives of one computation at a time.</summary>
    public abstract Executor CreateExecutor();

    /// <summary>Allocates memory for <paramref name="length"/> elements, all zero.</summary>
    /// <exception cref="InsufficientMemoryException">There is not enough memory.</exception>
    public abstract DeviceBuffer CreateBuffer(long length);

    /// <summary>Copies values to the device, from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit in the buffer.</exception>
    public abstract void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values);

    /// <summary>Copies values from the device, from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit in the buffer.</exception>
    public abstract void Read(DeviceBuffer buffer, long offset, Span<float> values);

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear(DeviceBuffer buffer);

    /// <summary>target = source, of the same length.</summary>
    public abstract void Copy(DeviceBuffer source, DeviceBuffer target);

    /// <summary>Allocates a parameter's values, all zero; its previous values, packed or not, are freed.</summary>
    public virtual void CreateValues(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Store(parameter, CreateBuffer(parameter.Length), null);
    }

    /// <summary>Copies values of a parameter to the device, from <paramref name="start"/> on, row by row.</summary>
    /// <exception cref="InvalidOperationException">The parameter has no plain values; call <see cref="Unpack"/> or
    /// <see cref="CreateValues"/> first.</exception>
    public virtual void Write(Parameter parameter, long start, ReadOnlySpan<float> values) => Write(PlainValues(parameter), start, values);

    /// <summary>Copies a parameter's values from the device, from <paramref name="start"/> on, row by row, whether packed or not.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit in the parameter.</exception>
    /// <exception cref="InvalidOperationException">The parameter has no values; call <see cref="CreateValues"/> first.</exception>
    public abstract void Read(Parameter parameter, long start, Span<float> values);

    /// <summary>Sets a parameter's values to those of a buffer of this engine, of the same length.</summary>
    /// <exception cref="InvalidOperationException">The parameter has no plain values.</exception>
    public virtual void CopyValues(DeviceBuffer source, Parameter parameter) => Copy(source, PlainValues(parameter));

    /// <summary>
    /// Converts a matrix to the engine's form for products in inference, and <see cref="Store"/>s it as <see cref="Parameter.Packed"/>; the
    /// plain values may be freed. Products, looked-up rows (of a tied decoder) and <see cref="Read(Parameter, long, Span{float})"/> give
    /// the same results except for <see cref="Precision"/>. An engine without such a form does nothing.
    /// </summary>
    /// <param name="parameter">The matrix, with plain values.</param>
    public abstract void Pack(Parameter parameter);

    /// <summary>
    /// Rounds a linear layer's weight to 8-bit integers for inference, with a scale for each output; rows of the input are rounded in the
    /// same way during the product. The plain values are freed. Rounding already rounded values does not change them.
    /// </summary>
    /// <param name="parameter">The weight, packed or not; its <see cref="Parameter.Packed"/> is set.</param>
    /// <exception cref="NotSupportedException">The engine does not support this: see <see cref="CanQuantize"/>.</exception>
    public virtual void Quantize(Parameter parameter) =>
        throw new NotSupportedException($"'{Name}' does not support 8-bit weights. Do not quantize the model, or compute on the CPU.");

    /// <summary>
    /// Undoes <see cref="Pack"/>: the plain values are restored (the rounded ones, if quantized) and the packed ones are freed.
    /// </summary>
    public abstract void Unpack(Parameter parameter);

    /// <summary>
    /// Allocates each parameter's training state: a gradient; moments, zero; and, if requested, an average that equals the values,
    /// otherwise none. Existing buffers are reused; a gradient's contents are then unspecified.
    /// </summary>
    /// <param name="parameters">Parameters with plain values.</param>
    /// <param name="averages">Whether averages are needed.</param>
    public virtual void CreateTraining(ReadOnlySpan<Parameter> parameters, bool averages)
    {
        foreach (Parameter parameter in parameters)
        {
            DeviceBuffer first = Zeroed(parameter.FirstMoment, parameter.Length), second = Zeroed(parameter.SecondMoment, parameter.Length);
            DeviceBuffer? average = averages ? parameter.Average ?? CreateBuffer(parameter.Length) : null;
            StoreTraining(parameter, parameter.Gradient ?? CreateBuffer(parameter.Length), first, second, average);
            if (average is not null)
                Copy(PlainValues(parameter), average);
        }

        DeviceBuffer Zeroed(DeviceBuffer? buffer, long length)
        {
            if (buffer is null)
                return CreateBuffer(length);
            Clear(buffer);
            return buffer;
        }
    }

    /// <summary>Frees the buffers of <see cref="CreateTraining"/>; the parameters are then frozen.</summary>
    public virtual void ReleaseTraining(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            StoreTraining(parameter, null, null, null, null);
    }

    /// <summary>Sets all gradients to zero.</summary>
    /// <param name="parameters">Parameters with gradients.</param>
    public abstract void ClearGradients(ReadOnlySpan<Parameter> parameters);

    /// <summary>
    /// Σ x² over all gradients, in float64: parameter by parameter, in an order that depends only on their lengths. It is the only time in
    /// an optimizer step that waits for the device.
    /// </summary>
    /// <param name="parameters">Parameters with gradients.</param>
    public abstract double SumOfSquares(ReadOnlySpan<Parameter> parameters);

    /// <summary>One AdamW step on each parameter, by its gradient and moments.</summary>
    /// <param name="parameters">Parameters with gradients and moments.</param>
    /// <param name="settings">The numbers of the step.</param>
    public abstract void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings);

    /// <summary>average = decay · average + (1 − decay) · values, of each parameter: a running average (EMA).</summary>
    /// <param name="parameters">Parameters with averages.</param>
    /// <param name="decay">In [0, 1].</param>
    public abstract void Average(ReadOnlySpan<Parameter> parameters, double decay);

    /// <summary>Swaps averages and values; does nothing for a parameter without an average.</summary>
    public virtual void ExchangeAverages(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            parameter.ExchangeAverage();
    }

    /// <summary>
    /// Moves a parameter's values, as plain ones, and its training state to another engine, by reading and writing. If that fails, the
    /// parameter is lost.
    /// </summary>
    internal void Move(Parameter parameter, Engine target)
    {
        Unpack(parameter);
        using Parameter old = parameter.Detach();
        var piece = new float[Math.Min(parameter.Length, PieceLength)];
        target.CreateValues(parameter);
        for (long start = 0; start < parameter.Length; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, parameter.Length - start));
            Read(old, start, values);
            target.Write(parameter, start, values);
        }
        if (old.Gradient is null)
            return;
        target.CreateTraining([parameter], old.Average is not null);
        MoveBuffer(old.Gradient, parameter.Gradient);
        MoveBuffer(old.FirstMoment, parameter.FirstMoment);
        MoveBuffer(old.SecondMoment, parameter.SecondMoment);
        MoveBuffer(old.Average, parameter.Average);

        void MoveBuffer(DeviceBuffer? source, DeviceBuffer? to)
        {
            for (long start = 0; source is not null && start < source.Length; start += piece.Length)
            {
                Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, source.Length - start));
                Read(source, start, values);
                target.Write(to!, start, values);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stores an engine's forms of a parameter's values; replaced buffers are disposed.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="value">The new <see cref="Parameter.Value"/>, which may be the current one.</param>
    /// <param name="packed">The new <see cref="Parameter.Packed"/>, which may be the current one.</param>
    protected static void Store(Parameter parameter, DeviceBuffer? value, DeviceBuffer? packed)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        parameter.Store(value, packed);
    }

    /// <summary>Stores a parameter's training state; replaced buffers are disposed.</summary>
    protected static void StoreTraining(
        Parameter parameter, DeviceBuffer? gradient, DeviceBuffer? firstMoment, DeviceBuffer? secondMoment, DeviceBuffer? average)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        parameter.StoreTraining(gradient, firstMoment, secondMoment, average);
    }

    /// <summary>Releases the engine's resources; a second call does nothing.</summary>
    /// <param name="disposing">Whether it was called explicitly; false in a finalizer.</param>
    protected abstract void Dispose(bool disposing);

    private static DeviceBuffer PlainValues(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Value
            ?? throw new InvalidOperationException($"'{parameter.Name}' has no plain values. Call Unpack or CreateValues first.");
    }
}
