using System.Collections.Concurrent;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>The engine that a case tries, and how its results are held against the float64 reference and against formulas.</summary>
public sealed class EngineUnderTest : IDisposable
{
    /// <summary>What the reference computed. A case may ask less of an engine that draws attention's dropout otherwise.</summary>
    private static readonly ConcurrentDictionary<(string Case, int Number, bool DropsAttentionAlike),
        Dictionary<string, float[]>> s_references = [];

    private readonly string _case;
    private readonly List<Parameter> _parameters = [];
    private readonly Func<Engine> _create;
    private int _compared;

    /// <summary>Opens an engine for a case.</summary>
    internal EngineUnderTest(Func<Engine> create, ConformanceTolerances tolerances, string conformanceCase)
    {
        _create = create;
        Engine = create();
        Tolerances = tolerances;
        _case = conformanceCase;
        Inference = Pass.ForInference(Engine);
        Inference.Begin();
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>What it says that it keeps.</summary>
    public ConformanceTolerances Tolerances { get; }

    /// <summary>A pass that computes.</summary>
    public Pass Inference { get; }

    /// <summary>Opens another engine of the kind, for the case to dispose.</summary>
    public Engine OpenAnother() => _create();

    /// <summary>A parameter with values, disposed with the case.</summary>
    public Parameter Parameter(string name, int rows, int columns, float[] values)
    {
        var parameter = new Parameter(name, rows, columns);
        _parameters.Add(parameter);
        Engine.CreateValues(parameter);
        Engine.Write(parameter, 0, values);
        return parameter;
    }

    /// <summary>A parameter with normal values and all that training keeps.</summary>
    public Parameter Learning(string name, int rows, int columns, bool averages = false)
    {
        Parameter parameter = Parameter(name, rows, columns, Numbers.Normal(rows * columns, name));
        Engine.CreateTraining([parameter], averages);
        return parameter;
    }

    /// <summary>The elements of a buffer.</summary>
    public float[] Read(DeviceBuffer? buffer)
    {
        float[] values = new float[buffer!.Length];
        Engine.Read(buffer, 0, values);
        return values;
    }

    /// <summary>A parameter's values, packed or not.</summary>
    public float[] Read(Parameter parameter)
    {
        float[] values = new float[parameter.Length];
        Engine.Read(parameter, 0, values);
        return values;
    }

    /// <summary>The elements of a tensor of <see cref="Inference"/>.</summary>
    public float[] Read(Tensor tensor) => Read(Inference, tensor);

    /// <summary>The elements of a pass's tensor.</summary>
    public static float[] Read(Pass pass, Tensor tensor)
    {
        float[] values = new float[tensor.Rows * tensor.Columns];
        pass.Read(tensor, values);
        return values;
    }

    /// <summary>Holds a result of <see cref="Inference"/> against its formula.</summary>
    public void AssertFormula(double[] expected, Tensor actual, string what) =>
        Comparison.AssertClose(expected, Read(actual), Tolerances.Forward, what);

    /// <summary>Holds a tensor's elements against what was written.</summary>
    public void AssertHeld(ReadOnlySpan<float> written, ReadOnlySpan<float> actual, string what) =>
        AssertSame(written, actual, Tolerances.HoldsTensorsBitForBit, Tolerances.Forward, what);

    /// <summary>Fails where a bit differs, or, of an engine that does not keep bits, where the error is above a tolerance.</summary>
    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, bool bitForBit, double tolerance, string what)
    {
        if (bitForBit)
            Comparison.AssertSameBits(expected, actual, what);
        else
            Comparison.AssertClose(expected, actual, tolerance, what);
    }

    /// <summary>Calls primitives on the engine and on the reference, and compares results, losses and gradients.</summary>
    public void AssertPrimitive(string what, Action<PrimitiveRun> primitive) => AssertAgrees(
        what, engine =>
        {
            using PrimitiveRun run = new(engine);
            primitive(run);
            return run.Results();
        }, Tolerances.Forward, Tolerances.Gradient);

    /// <summary>Runs a graph and its backward on the engine and on the reference, and compares all that they compute.</summary>
    public void AssertGraph(string what, Action<IGraph> graph) => AssertAgrees(
        what, engine =>
        {
            using GraphRun run = new(graph, engine);
            return run.Results();
        }, Tolerances.Forward, Tolerances.Gradient);

    /// <summary>
    /// Has the engine and the reference compute the same, and compares the results: gradients are those that begin with "d ".
    /// </summary>
    public void AssertAgrees(string what, Func<Engine, Dictionary<string, float[]>> compute, double forward, double gradient)
    {
        Dictionary<string, float[]> expected = s_references.GetOrAdd((_case, _compared++, Tolerances.DropsAttentionAlike), _ =>
        {
            using ReferenceEngine reference = new();
            return compute(reference);
        });
        Dictionary<string, float[]> actual = compute(Engine);
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Keys.ToArray(), what);
        foreach ((string name, float[] values) in expected)
        {
            double tolerance = name.StartsWith("d ", StringComparison.Ordinal) ? gradient
                : name.StartsWith("loss", StringComparison.Ordinal) ? Tolerances.Loss : forward;
            Comparison.AssertClose(values, actual[name], tolerance, $"{what}, {name}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in _parameters)
            parameter.Dispose();
        Inference.Dispose();
        Engine.Dispose();
        Engine.Dispose(); // a second time does nothing
    }
}
