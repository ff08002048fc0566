using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Without sweeps no AutoML is needed: only one assembly knows it.</summary>
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

    /// <summary>The package takes later versions of Diffusion.ML, so that it may use none of its internals.</summary>
    [TestMethod]
    public void Only_tests_see_the_internals_of_Diffusion_ML()
    {
        string[] friends =
        [
            .. typeof(ModelCatalog).Assembly.GetCustomAttributes(typeof(InternalsVisibleToAttribute), inherit: false)
                .Select(friend => ((InternalsVisibleToAttribute)friend).AssemblyName),
        ];
        CollectionAssert.Contains(friends, "Microsoft.ML.Diffusion.Tests");
        Assert.IsEmpty(friends.Where(name => !name.EndsWith(".Tests", StringComparison.Ordinal)));
    }

    private static string[] References(string name) =>
        [.. TypeReferences.Assemblies(Path.Combine(AppContext.BaseDirectory, name))
            .Where(reference => reference.StartsWith("Microsoft.", StringComparison.Ordinal))];
}
