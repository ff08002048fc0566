using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// One graph on one engine, run any number of times on the same parameters: they are made when first named, from that name alone,
/// so that the same graph on two engines starts from the same numbers.
/// </summary>
public sealed class GraphRun : IGraph, IDisposable
{
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly Dictionary<string, float[]> _outputs = [];
    private readonly Action<IGraph> _graph;
    private readonly List<Loss> _losses = [];
    private bool _reading;

    /// <summary>Nothing runs yet.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="engine">What computes; it stays the caller's.</param>
    public GraphRun(Action<IGraph> graph, Engine engine)
    {
        _graph = graph;
        Engine = engine;
        Pass = Pass.ForTraining(engine);
    }

    /// <summary>What computes.</summary>
    public Engine Engine { get; }

    /// <inheritdoc/>
    public Pass Pass { get; }

    /// <summary>What the graph named so far.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    /// <inheritdoc/>
    public Parameter Parameter(string name, int rows, int columns, double scale = 1, double mean = 0)
    {
        if (_parameters.TryGetValue(name, out Parameter? parameter))
            return parameter;
        parameter = new Parameter(name, rows, columns);
        Engine.CreateValues(parameter);
        Engine.Write(parameter, 0, Numbers.Coarse(Numbers.Normal(rows * columns, name, scale, mean)));
        Engine.CreateTraining([parameter], averages: false);
        _parameters.Add(name, parameter);
        return parameter;
    }

    /// <inheritdoc/>
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
        return _losses.Sum(Pass.Read);
    }

    /// <summary>The loss, with the parameters' gradients fresh.</summary>
    public double ForwardBackward()
    {
        if (_parameters.Count == 0)
            Run(); // makes the parameters
        Engine.ClearGradients([.. _parameters.Values]);
        Run();
        Pass.Backward();
        return _losses.Sum(Pass.Read);
    }

    /// <summary>
    /// Everything the graph computes: the loss, the tensors under it, and the gradients of all parameters, "d" before their names.
    /// </summary>
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

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values)
            parameter.Dispose();
        Pass.Dispose();
    }

    private void Run()
    {
        _losses.Clear();
        Pass.Begin(dropoutKey: 7);
        _graph(this);
    }
}
