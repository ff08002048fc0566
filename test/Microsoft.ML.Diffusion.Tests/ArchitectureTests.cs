namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The face stays a face (design decision 10): it knows ML.NET and Core, and does no arithmetic on tensors.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private const string CpuEngineName = "Microsoft.ML.Diffusion.Compute.Cpu.CpuEngine";

    private static string FacePath => Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Diffusion.dll");

    [TestMethod]
    public void The_face_refers_to_MLNet_Core_and_the_framework_only() =>
        CollectionAssert.IsSubsetOf(
            TypeReferences.Assemblies(FacePath).Where(name => name.StartsWith("Microsoft.", StringComparison.Ordinal)).ToArray(),
            new[] { "Microsoft.ML.DataView", "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.Diffusion.Core" });

    [TestMethod]
    public void No_room_of_the_face_reaches_into_one_it_must_not_know()
    {
        var rooms = new Rooms(new()
        {
            ["Cursors"] = [],
            ["OnnxConversion"] = [],
            ["Models"] = ["Cursors"],
            ["Training"] = ["Models"],
            ["Columns"] = ["Training"],
            ["Writing"] = ["Columns"],
            ["MaskFilling"] = ["Columns"],
            ["WritingEvaluation"] = ["Models"],
            ["Classification"] = ["Columns", "OnnxConversion"],
            ["QuestionAnswering"] = ["Columns"],
            ["NamedEntities"] = ["Columns"],
            ["Scoring"] = ["Classification", "QuestionAnswering", "NamedEntities"],
        });
        string[] violations = rooms.Violations(TypeReferences.Within(FacePath), SourceFolders.Of("Microsoft.ML.Diffusion"));
        CollectionAssert.AreEqual(Array.Empty<string>(), violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    public void The_face_does_no_arithmetic_on_tensors() =>
        CollectionAssert.AreEqual(
            Array.Empty<string>(),
            TypeReferences.OfOtherAssemblies(FacePath).Where(type =>
                type.StartsWith("System.Runtime.Intrinsics.", StringComparison.Ordinal) ||
                type.StartsWith("System.Numerics.", StringComparison.Ordinal) ||
                type.StartsWith("Microsoft.ML.Diffusion.Compute.Cpu.", StringComparison.Ordinal)).Except([CpuEngineName]).ToArray());

    /// <summary>The one place where engines are chosen.</summary>
    [TestMethod]
    public void Of_the_face_only_Models_names_the_managed_engine()
    {
        string root = Path.Combine(SharedData.RepositoryRoot, "src", "Microsoft.ML.Diffusion");
        string[] folders = ["bin", "obj", "Models"];
        CollectionAssert.AreEqual(
            Array.Empty<string>(),
            Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Where(file => !folders.Contains(Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)[0]))
                .Where(file => File.ReadAllText(file).Contains("CpuEngine", StringComparison.Ordinal)).ToArray());
    }
}
