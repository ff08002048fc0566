namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The arrows between the rooms hold (design decision 10).</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private static string CorePath => Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Diffusion.Core.dll");

    [TestMethod]
    public void No_room_reaches_into_one_it_must_not_know() =>
        CollectionAssert.AreEqual(Array.Empty<string>(), Architecture.Violations(CorePath, "Microsoft.ML.Diffusion"),
            string.Join(Environment.NewLine, Architecture.Violations(CorePath, "Microsoft.ML.Diffusion")));

    [TestMethod]
    public void Nothing_in_core_knows_MLNet() =>
        CollectionAssert.AreEqual(
            Array.Empty<string>(), Architecture.References(CorePath).Where(name => name.StartsWith("Microsoft.ML", StringComparison.Ordinal)).ToArray());

    /// <summary>The same check on the types at the end of PlantedViolations.cs.</summary>
    [TestMethod]
    public void Planted_violations_are_found() =>
        CollectionAssert.AreEqual(
            new[]
            {
                "Planted.Attic.Unknown: there is no room Attic",
                "Planted.Compute.CallsInABody -> Planted.Encoders.Something",
                "Planted.Compute.HoldsALocal -> Planted.EncoderModel",
                "Planted.Encoders.DerivesFromAClass -> Planted.Sampler",
                "Planted.Tasks.ReturnsATask -> Planted.Sampler",
                "Planted.Text.HasAField -> Planted.Compute.Tensor",
                "Planted.Text.IsInALambda -> Planted.Compute.Tensor",
            },
            Architecture.Violations(typeof(ArchitectureTests).Assembly.Location, "Planted"));
}
