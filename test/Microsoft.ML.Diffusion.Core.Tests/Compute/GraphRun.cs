using System.Numerics;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// One graph on one engine, run as often as wished on the same parameters: they are made when first named, from that name alone,
/// so that the same graph on two engines starts from the same numbers.
/// </summary>
internal sealed class GraphRun<V, T> : IGraph, IDisposable
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly Dictionary<string, float[]> _outputs = [];
    private readonly Action<IGraph> _graph;
    private readonly bool _disposeEngine;
    private readonly List<Loss> _losses = [];
    private bool _reading;

    public GraphRun(Action<IGraph> graph, int threads) : this(graph, new CpuEngine<V, T>(threads)) => _disposeEngine = true;

    public GraphRun(Action<IGraph> graph, CpuEngine<V, T> engine)
    {
        _graph = graph;
        Engine = engine;
        Pass = Pass.ForTraining(engine);
    }

    public CpuEngine<V, T> Engine { get; }

    public Pass Pass { get; }

    public IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    public Parameter Parameter(string name, int rows, int columns, double scale = 1, double mean = 0)
    {
        if (_parameters.TryGetValue(name, out Parameter? parameter))
            return parameter;
        parameter = new Parameter(name, rows, columns) { Value = Engine.CreateBuffer((long)rows * columns), Gradient = Engine.CreateBuffer((long)rows * columns) };
        Engine.Write(parameter.Value, 0, Numbers.Normal(rows * columns, name, scale, mean));
        _parameters.Add(name, parameter);
        return parameter;
    }

    public void Loss(string name, Tensor y, int classes = 5, bool bias = false, double smoothing = 0)
    {
        if (_reading)
        {
            float[] values = new float[y.Rows * y.Columns];
            Pass.Read(y, values);
            _outputs[name] = values;
        }
        Parameter weight = Parameter($"{name}.probe", classes, y.Columns, 1 / Math.Sqrt(y.Columns));
        Parameter? probeBias = bias ? Parameter($"{name}.probe.bias", 1, classes) : null;
        float[] weights = Numbers.Normal(y.Rows, $"{name}.weights", .2, 1);
        _losses.Add(Pass.LinearCrossEntropy(y, weight, probeBias, Numbers.Integers(y.Rows, classes, name), weights, smoothing));
    }

    /// <summary>The loss alone.</summary>
    public double Forward()
    {
        Run();
        return ReadLosses();
    }

    private double ReadLosses() => _losses.Sum(Pass.Read);

    private void Run()
    {
        _losses.Clear();
        Pass.Begin(dropoutKey: 7);
        _graph(this);
    }

    /// <summary>The loss, with the parameters' gradients fresh.</summary>
    public double ForwardBackward()
    {
        Run(); // makes the parameters
        Engine.ClearGradients([.. _parameters.Values]);
        Run();
        Pass.Backward();
        return ReadLosses();
    }

    /// <summary>Everything the graph computes: the loss, the tensors under it, the gradients of all parameters.</summary>
    public Dictionary<string, float[]> Results()
    {
        _reading = true;
        double loss = ForwardBackward();
        _reading = false;
        Dictionary<string, float[]> results = new(_outputs) { ["loss"] = [(float)loss] };
        foreach ((string name, Parameter parameter) in _parameters)
        {
            float[] gradient = new float[parameter.Length];
            Engine.Read(parameter.Gradient!, 0, gradient);
            results[$"d {name}"] = gradient;
        }
        return results;
    }

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values)
            parameter.Dispose();
        Pass.Dispose();
        if (_disposeEngine)
            Engine.Dispose();
    }
}

/// <summary>What a graph is written on.</summary>
internal interface IGraph
{
    Pass Pass { get; }

    /// <summary>A parameter by name, made of normal numbers when first asked for.</summary>
    Parameter Parameter(string name, int rows, int columns, double scale = 1, double mean = 0);

    /// <summary>Adds a loss that depends on every element of y.</summary>
    void Loss(string name, Tensor y, int classes = 5, bool bias = false, double smoothing = 0);

    /// <summary>Sequences of some lengths.</summary>
    Sequences Sequences(params int[] lengths) => Pass.SequencesOf(Graphs.Bounds(lengths));

    /// <summary>An input: the rows of a parameter, so that its gradient is known.</summary>
    Tensor Input(string name, int rows, int columns, double scale = 1) =>
        Pass.Embed(Parameter(name, rows, columns, scale), Numbers.Range(rows));
}
