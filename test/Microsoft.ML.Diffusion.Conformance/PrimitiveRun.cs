using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// Primitives called one by one on an executor, without a pass: inputs and parameters are made from their names, so that two engines see
/// the same; what is unspecified is NaN, so that it shows where it is read; parameters have gradients already, to which is added.
/// </summary>
/// <param name="engine">What computes; it stays the caller's.</param>
public sealed class PrimitiveRun(Engine engine) : IDisposable
{
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly List<(string Name, Tensor Tensor)> _results = [];
    private readonly List<(string Name, Loss Loss)> _losses = [];

    /// <summary>What computes.</summary>
    public Executor Executor { get; } = engine.CreateExecutor();

    /// <summary>A tensor of normal numbers.</summary>
    public Tensor Input(string name, int rows, int columns, double scale = 1, double mean = 0) =>
        Written(rows, columns, Numbers.Normal(rows * columns, name, scale, mean));

    /// <summary>A tensor of NaN: its contents are unspecified.</summary>
    public Tensor Unspecified(int rows, int columns)
    {
        float[] values = new float[rows * columns];
        Array.Fill(values, float.NaN);
        return Written(rows, columns, values);
    }

    /// <summary>What a backward writes to: where it accumulates numbers, else NaN.</summary>
    public Tensor Target(int rows, int columns, bool accumulate) =>
        accumulate ? Input("target", rows, columns, .5) : Unspecified(rows, columns);

    /// <summary>A parameter of normal numbers, and with a gradient unless it is frozen; its gradient is among the results.</summary>
    public Parameter Parameter(string name, int rows, int columns, double scale = 1, double mean = 0, bool isFrozen = false)
    {
        var parameter = new Parameter(name, rows, columns);
        _parameters.Add(name, parameter);
        engine.CreateValues(parameter);
        engine.Write(parameter, 0, Numbers.Normal(rows * columns, name, scale, mean));
        if (isFrozen)
            return parameter;
        engine.CreateTraining([parameter], averages: false);
        engine.Write(parameter.Gradient!, 0, Numbers.Normal(rows * columns, $"d {name}", .5));
        return parameter;
    }

    /// <summary>Integers below an end.</summary>
    public Indices Indices(string name, int count, int end) => Executor.WriteIndices(Numbers.Integers(count, end, name));

    /// <summary>Sequences of some lengths.</summary>
    public Sequences Sequences(params int[] lengths) => Executor.WriteSequences(Numbers.Bounds(lengths));

    /// <summary>Says that a tensor is a result.</summary>
    public void Result(string name, Tensor tensor) => _results.Add((name, tensor));

    /// <summary>Says that a loss is a result.</summary>
    public void Result(string name, Loss loss) => _losses.Add((name, loss));

    /// <summary>All results: tensors, losses, and the parameters' gradients, "d" before their names.</summary>
    public Dictionary<string, float[]> Results()
    {
        Dictionary<string, float[]> results = [];
        foreach ((string name, Tensor tensor) in _results)
            Executor.Read(tensor, results[name] = new float[tensor.Rows * tensor.Columns]);
        foreach ((string name, Loss loss) in _losses)
            results[name] = [(float)Executor.Read(loss)];
        foreach ((string name, Parameter parameter) in _parameters)
        {
            if (parameter.Gradient is not null)
                engine.Read(parameter.Gradient, 0, results[$"d {name}"] = new float[parameter.Length]);
        }
        return results;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values)
            parameter.Dispose();
        Executor.Dispose();
    }

    private Tensor Written(int rows, int columns, float[] values)
    {
        Tensor tensor = Executor.Allocate(rows, columns);
        Executor.Write(tensor, values);
        return tensor;
    }
}
