namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Who does not sweep needs no AutoML: only one assembly knows it.</summary>
[TestClass]
public sealed class AutoMLArchitectureTests
{
    [TestMethod]
    public void Only_the_assembly_of_sweeps_refers_to_AutoML()
    {
        CollectionAssert.IsSubsetOf(
            References("Microsoft.ML.Diffusion.AutoML.dll"),
            new[]
            {
                "Microsoft.ML.DataView", "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.SearchSpace", "Microsoft.ML.AutoML",
                "Microsoft.ML.Diffusion.Core", "Microsoft.ML.Diffusion",
            });
        CollectionAssert.DoesNotContain(References("Microsoft.ML.Diffusion.dll"), "Microsoft.ML.AutoML");
        CollectionAssert.DoesNotContain(References("Microsoft.ML.Diffusion.dll"), "Microsoft.ML.SearchSpace");
    }

    private static string[] References(string name) =>
        [.. Architecture.References(Path.Combine(AppContext.BaseDirectory, name)).Where(reference => reference.StartsWith("Microsoft.", StringComparison.Ordinal))];
}
