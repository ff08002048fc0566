namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A device that computes. It owns no state of a computation, so one engine serves any number of threads; each of them asks for
/// an <see cref="Executor"/> of its own. Parameters are changed by one thread at a time, while none computes with them.
/// </summary>
/// <remarks>
/// An engine of another assembly derives from this class, <see cref="Executor"/> and <see cref="DeviceBuffer"/>. The buffers of a parameter
/// are made, exchanged and freed by the engine alone, with <see cref="Store"/> and <see cref="StoreTraining"/>; an engine that keeps
/// something else of a parameter's values, such as a copy in another type, makes it anew in
/// <see cref="Write(Parameter, long, ReadOnlySpan{float})"/>, <see cref="CopyValues"/>, <see cref="Update"/> and
/// <see cref="ExchangeAverages"/>: there are no other ways to change them.
/// </remarks>
public abstract class Engine : IDisposable
{
    /// <summary>Elements that are moved at a time.</summary>
    private const int PieceLength = 1 << 16;

    /// <summary>What computes, for logs: "CPU, AVX-512, 2 threads".</summary>
    public abstract string Name { get; }

    /// <summary>The numbers that matrices are multiplied in.</summary>
    public virtual Precision Precision => Precision.Float32;

    /// <summary>Whether <see cref="Quantize"/> can be done.</summary>
    public virtual bool CanQuantize => false;

    /// <summary>Whether another engine computes with this one's parameters as they are, so that a model need not be moved.</summary>
    public virtual bool SharesParametersWith(Engine other) => ReferenceEquals(this, other);

    /// <summary>An executor: the memory and the primitives of one computation at a time.</summary>
    public abstract Executor CreateExecutor();

    /// <summary>Memory for <paramref name="length"/> elements, all zero.</summary>
    /// <exception cref="InsufficientMemoryException">There is not so much.</exception>
    public abstract DeviceBuffer CreateBuffer(long length);

    /// <summary>Copies values to the device, from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the buffer.</exception>
    public abstract void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values);

    /// <summary>Copies values from the device, from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the buffer.</exception>
    public abstract void Read(DeviceBuffer buffer, long offset, Span<float> values);

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear(DeviceBuffer buffer);

    /// <summary>target = source, of the same length.</summary>
    public abstract void Copy(DeviceBuffer source, DeviceBuffer target);

    /// <summary>Gives a parameter memory for its values, all zero; what it had of values, packed or not, is freed.</summary>
    public virtual void CreateValues(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Store(parameter, CreateBuffer(parameter.Length), null);
    }

    /// <summary>Copies values of a parameter to the device, from <paramref name="start"/> on, row by row.</summary>
    /// <exception cref="InvalidOperationException">The parameter has no plain values; <see cref="Unpack"/> or <see cref="CreateValues"/>
    /// gives it some.</exception>
    public virtual void Write(Parameter parameter, long start, ReadOnlySpan<float> values) => Write(PlainValues(parameter), start, values);

    /// <summary>Copies a parameter's values from the device, from <paramref name="start"/> on, row by row, whether packed or not.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the parameter.</exception>
    /// <exception cref="InvalidOperationException">The parameter has no values: <see cref="CreateValues"/> gives it some.</exception>
    public abstract void Read(Parameter parameter, long start, Span<float> values);

    /// <summary>Sets a parameter's values to those of a buffer that this engine made, of the same length.</summary>
    /// <exception cref="InvalidOperationException">The parameter has no plain values.</exception>
    public virtual void CopyValues(DeviceBuffer source, Parameter parameter) => Copy(source, PlainValues(parameter));

    /// <summary>
    /// Puts a matrix into the form that multiplication wants, for inference, and <see cref="Store"/>s it as <see cref="Parameter.Packed"/>;
    /// the plain values may be freed. Products, looked-up rows (of a tied decoder) and <see cref="Read(Parameter, long, Span{float})"/> are
    /// the same but for <see cref="Precision"/>. An engine that has no such form does nothing.
    /// </summary>
    /// <param name="parameter">The matrix, with plain values.</param>
    public abstract void Pack(Parameter parameter);

    /// <summary>
    /// Rounds a linear layer's weight to 8-bit integers, for inference: a scale for each output, rows of the input rounded likewise as they come. The
    /// plain values are freed. Rounded values, rounded again, are the same.
    /// </summary>
    /// <param name="parameter">The weight, packed or not; its <see cref="Parameter.Packed"/> is set.</param>
    /// <exception cref="NotSupportedException">The engine does not do that: see <see cref="CanQuantize"/>.</exception>
    public virtual void Quantize(Parameter parameter) =>
        throw new NotSupportedException($"'{Name}' does not round weights to integers. Do not quantize the model, or compute on the CPU.");

    /// <summary>Undoes <see cref="Pack"/>: the plain values, of what was quantised the rounded ones, are there again and the packed ones are freed.</summary>
    public abstract void Unpack(Parameter parameter);

    /// <summary>
    /// Gives each parameter what training keeps beside its values: a gradient; moments, zero; and, where they are asked for, an average
    /// that equals the values, else none. What is there already is used again; a gradient's contents are then unspecified.
    /// </summary>
    /// <param name="parameters">Parameters with plain values.</param>
    /// <param name="averages">Whether averages are kept.</param>
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

    /// <summary>Frees what <see cref="CreateTraining"/> made; the parameters are frozen then.</summary>
    public virtual void ReleaseTraining(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            StoreTraining(parameter, null, null, null, null);
    }

    /// <summary>Sets all gradients to zero.</summary>
    /// <param name="parameters">Parameters with gradients.</param>
    public abstract void ClearGradients(ReadOnlySpan<Parameter> parameters);

    /// <summary>
    /// Σ x² over all gradients, in float64: parameter after parameter, in an order that depends on nothing but their lengths. The one time
    /// that a step of an optimizer waits for the device.
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

    /// <summary>Puts averages in the values' place and the values in theirs; nothing where a parameter has none.</summary>
    public virtual void ExchangeAverages(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            parameter.ExchangeAverage();
    }

    /// <summary>
    /// Moves a parameter's values, as plain ones, and what training keeps beside them, to another engine, by reading and writing. Where
    /// that fails the parameter is lost.
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

    /// <summary>Stores what an engine has made of a parameter's values; buffers that are replaced are disposed.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="value">Its <see cref="Parameter.Value"/>, perhaps the one it has.</param>
    /// <param name="packed">Its <see cref="Parameter.Packed"/>, perhaps the one it has.</param>
    protected static void Store(Parameter parameter, DeviceBuffer? value, DeviceBuffer? packed)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        parameter.Store(value, packed);
    }

    /// <summary>Stores what training keeps beside a parameter's values; buffers that are replaced are disposed.</summary>
    protected static void StoreTraining(
        Parameter parameter, DeviceBuffer? gradient, DeviceBuffer? firstMoment, DeviceBuffer? secondMoment, DeviceBuffer? average)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        parameter.StoreTraining(gradient, firstMoment, secondMoment, average);
    }

    /// <summary>Stops what the engine runs on; a second time does nothing.</summary>
    /// <param name="disposing">Whether it was asked for; false in a finalizer.</param>
    protected abstract void Dispose(bool disposing);

    private static DeviceBuffer PlainValues(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Value ?? throw new InvalidOperationException($"'{parameter.Name}' has no plain values. Call Unpack or CreateValues first.");
    }
}
