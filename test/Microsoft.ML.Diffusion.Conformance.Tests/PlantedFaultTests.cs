namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>Engines that err in one thing: the suite sees each, by the case that is there for it.</summary>
[TestClass]
public sealed class PlantedFaultTests
{
    private static readonly Dictionary<string, Fault> s_faults =
        EngineFaults.All.Concat(ExecutorFaults.All).ToDictionary(fault => fault.Name);

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Names => s_faults.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Is_seen(string name)
    {
        Fault fault = s_faults[name];
        string[] failed = [.. ConformanceSuite.Cases.Where(Fails).Select(failing => failing.Name)];
        TestContext.WriteLine($"{fault.Name}: {failed.Length} of {ConformanceSuite.Cases.Count} cases fail");
        foreach (string failing in failed)
            TestContext.WriteLine($"  {failing}");
        Assert.IsTrue(
            failed.Any(failing => failing.StartsWith(fault.SeenBy, StringComparison.Ordinal)),
            $"No case '{fault.SeenBy}…' saw it; {failed.Length} others did: {string.Join("; ", failed.Take(5))}");

        bool Fails(ConformanceCase conformanceCase)
        {
            try
            {
                // What floats would keep: a fault must not hide in their rounding.
                ConformanceSuite.Run(conformanceCase, fault.Create, ConformanceTolerances.ForFloats with { Quantizes = false });
                return false;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                return true;
            }
        }
    }
}
