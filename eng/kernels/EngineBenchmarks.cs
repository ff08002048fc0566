using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>
/// The common parts of the benchmarks of an engine's primitives: the engine on all processors, tensors and parameters of random numbers.
/// </summary>
public abstract class EngineBenchmarks
{
    private readonly List<Parameter> _parameters = [];

    protected Engine Engine { get; } = CpuEngine.Shared;

    protected Executor Executor { get; private set; } = null!;

    [GlobalSetup]
    public void SetUp()
    {
        Executor = Engine.CreateExecutor();
        Prepare();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        Executor.Dispose();
        foreach (Parameter parameter in _parameters)
            parameter.Dispose();
        _parameters.Clear();
    }

    /// <summary>Creates the tensors and the parameters.</summary>
    protected abstract void Prepare();

    protected Tensor Random(int rows, int columns)
    {
        Tensor tensor = Executor.Allocate(rows, columns);
        Executor.Write(tensor, Numbers(rows * columns));
        return tensor;
    }

    /// <summary>Creates a parameter, with its gradient and optimizer state if it is trained.</summary>
    protected Parameter NewParameter(int rows, int columns, bool trains)
    {
        int length = rows * columns;
        var parameter = new Parameter("weight", rows, columns);
        Engine.CreateValues(parameter);
        Engine.Write(parameter, 0, Numbers(length));
        if (trains)
            Engine.CreateTraining([parameter], averages: false);
        _parameters.Add(parameter);
        return parameter;
    }

    private static float[] Numbers(int count)
    {
        var random = new Random(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextSingle() - .5f;
        return values;
    }
}
