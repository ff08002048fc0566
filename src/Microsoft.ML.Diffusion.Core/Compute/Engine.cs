namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A device that computes. It owns no state of a computation, so one engine serves any number of threads; each of them asks for
/// an <see cref="Executor"/> of its own.
/// </summary>
public abstract class Engine : IDisposable
{
    /// <summary>The managed engine on all processors, one for the whole process; never disposed.</summary>
    public static Engine Cpu => Microsoft.ML.Diffusion.Compute.Cpu.CpuEngine.Shared;

    /// <summary>The managed engine on so many threads, one for the whole process; never disposed.</summary>
    /// <param name="threads">The number of threads, from 1; more than there are processors are as many as those. 0 for one a processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static Engine CpuOn(int threads) => Microsoft.ML.Diffusion.Compute.Cpu.SharedEngines.On(threads);

    /// <summary>What computes, for logs: "CPU, AVX-512, 2 threads".</summary>
    public abstract string Name { get; }

    /// <summary>The number of threads that share the work.</summary>
    public abstract int Threads { get; }

    /// <summary>Memory for <paramref name="length"/> elements, all zero.</summary>
    public abstract DeviceBuffer CreateBuffer(long length);

    /// <summary>Copies values to the device.</summary>
    public abstract void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values);

    /// <summary>Copies values from the device.</summary>
    public abstract void Read(DeviceBuffer buffer, long offset, Span<float> values);

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear(DeviceBuffer buffer);

    /// <summary>target = source, of the same length.</summary>
    public abstract void Copy(DeviceBuffer source, DeviceBuffer target);

    /// <summary>average = decay · average + (1 − decay) · values: a running average (EMA).</summary>
    public abstract void Average(DeviceBuffer average, DeviceBuffer values, double decay);

    /// <summary>Σ x² in double precision, in an order that does not depend on the number of threads.</summary>
    public abstract double SumOfSquares(DeviceBuffer buffer);

    /// <summary>Puts a linear layer's weight into the order that multiplication wants, for inference; the plain values are freed.</summary>
    /// <param name="parameter">The weight; its <see cref="Parameter.Packed"/> is set.</param>
    public abstract void Pack(Parameter parameter);

    /// <summary>
    /// Rounds a linear layer's weight to 8-bit integers, for inference: a scale for each output, rows of the input rounded likewise as they come. The
    /// plain values are freed.
    /// </summary>
    /// <param name="parameter">The weight, packed or not; its <see cref="Parameter.Packed"/> is set.</param>
    public abstract void Quantize(Parameter parameter);

    /// <summary>Copies a parameter's values from the device, from <paramref name="start"/> on, whether packed or not.</summary>
    public abstract void Read(Parameter parameter, long start, Span<float> values);

    /// <summary>Undoes <see cref="Pack"/>: the plain values, of what was quantised the rounded ones, are there again and the packed ones are freed.</summary>
    public abstract void Unpack(Parameter parameter);

    /// <summary>One fused optimiser step on a parameter with gradient and moments.</summary>
    public abstract void Update(Parameter parameter, in AdamWStep settings);

    /// <summary>An executor: the memory and the primitives of one computation at a time.</summary>
    public abstract Executor CreateExecutor();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops the engine's threads.</summary>
    protected abstract void Dispose(bool disposing);
}
