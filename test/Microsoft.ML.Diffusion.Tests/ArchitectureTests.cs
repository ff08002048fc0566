namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The face stays a face (design decision 10): it knows ML.NET and Core, and does no arithmetic on tensors.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private static string FacePath => Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Diffusion.dll");

    [TestMethod]
    public void The_face_refers_to_MLNet_Core_and_the_framework_only() =>
        CollectionAssert.IsSubsetOf(
            Architecture.References(FacePath).Where(name => name.StartsWith("Microsoft.", StringComparison.Ordinal)).ToArray(),
            new[] { "Microsoft.ML.DataView", "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.Diffusion.Core" });

    [TestMethod]
    public void The_face_does_no_arithmetic_on_tensors() =>
        CollectionAssert.AreEqual(
            Array.Empty<string>(),
            Architecture.TypesUsed(FacePath).Where(type =>
                type.StartsWith("System.Runtime.Intrinsics.", StringComparison.Ordinal) ||
                type.StartsWith("System.Numerics.", StringComparison.Ordinal) ||
                type.StartsWith("Microsoft.ML.Diffusion.Compute.Cpu.", StringComparison.Ordinal)).ToArray());
}
