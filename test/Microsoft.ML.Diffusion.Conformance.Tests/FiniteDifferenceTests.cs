using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>
/// The gradients of the reference engine, with which the suite compares, against finite differences of its own loss: every graph of the
/// suite, every parameter and input.
/// </summary>
[TestClass]
public sealed class FiniteDifferenceTests
{
    private const double Tolerance = 3e-7; // gradients are read as floats
    private const double Step = 1.0 / (1 << 10); // exact in float beside numbers of 16 bits behind the point
    private const int ElementsTried = 24;

    private static readonly Dictionary<string, Action<IGraph>> s_graphs =
        ConformanceSuite.Graphs.ToDictionary(graph => graph.Name, graph => graph.Graph);

    public static IEnumerable<object[]> Names => s_graphs.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_are_those_of_finite_differences(string name)
    {
        using var engine = new ReferenceEngine();
        using GraphRun run = new(s_graphs[name], engine);
        Dictionary<string, float[]> results = run.Results();
        foreach ((string parameter, Parameter values) in run.Parameters)
        {
            float[] gradient = results[$"d {parameter}"];
            int[] tried = gradient.Length <= ElementsTried ? Numbers.Range(gradient.Length)
                : Numbers.Integers(ElementsTried, gradient.Length, parameter);
            double largest = gradient.Max(Math.Abs);
            Assert.IsGreaterThan(0, largest, $"The gradient of '{parameter}' is zero everywhere.");
            foreach (int i in tried)
                Assert.AreEqual(Difference(run, values, i), gradient[i], Tolerance * largest,
                    $"The gradient of '{parameter}', element {i}.");
        }
    }

    /// <summary>The central difference of fourth order.</summary>
    private static double Difference(GraphRun run, Parameter parameter, int element)
    {
        float[] start = new float[1];
        run.Engine.Read(parameter, element, start);
        double near = At(Step) - At(-Step), far = At(2 * Step) - At(-2 * Step);
        run.Engine.Write(parameter, element, start);
        return (8 * near - far) / (12 * Step);

        double At(double step)
        {
            run.Engine.Write(parameter, element, [(float)(start[0] + step)]);
            return run.Forward();
        }
    }
}
