using System.Reflection;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// The suite as a test class, each case a test of its own. For an engine derive from it:
/// <code>[TestClass] public sealed class MyEngineConformance() : EngineConformance(() => new MyEngine());</code>
/// </summary>
/// <param name="create">Opens an engine, a new one for each case, which disposes it.</param>
/// <param name="tolerances">What the engine keeps; null for all that float32 can keep.</param>
public abstract class EngineConformance(Func<Engine> create, ConformanceTolerances? tolerances = null)
{
    private static readonly Dictionary<string, ConformanceCase> s_cases = ConformanceSuite.Cases.ToDictionary(value => value.Name);

    /// <summary>The names of the cases.</summary>
    public static IEnumerable<object[]> Names => ConformanceSuite.Cases.Select(value => new object[] { value.Name });

    /// <summary>A test's name is its case's.</summary>
    public static string NameOf(MethodInfo method, object[] data) => (string)data[0];

    /// <summary>Runs one case.</summary>
    [TestMethod]
    [DynamicData(nameof(Names), DynamicDataDisplayName = nameof(NameOf))]
    public void Conforms(string name) => ConformanceSuite.Run(s_cases[name], create, tolerances ?? ConformanceTolerances.ForFloats);
}
