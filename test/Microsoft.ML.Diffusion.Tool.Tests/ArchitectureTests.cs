using Microsoft.ML.Diffusion.Tests;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>The tool's rooms know one another in one direction, and it references no engine of its own.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private static string ToolPath => typeof(ToolProgram).Assembly.Location;

    [TestMethod]
    public void No_room_reaches_into_one_it_must_not_know()
    {
        var rooms = new Rooms(new()
        {
            ["Terminals"] = [],
            ["Engines"] = [],
            ["CommandLine"] = ["Engines", "Terminals"],
            ["Output"] = ["CommandLine"],
            ["Input"] = ["Output"],
            ["Models"] = ["Input"],
            ["Evaluations"] = ["Results"],
            ["Results"] = ["Models"],
            ["Inspection"] = ["Models"],
            ["Training"] = ["Models"],
            ["Commands"] = ["Training", "Inspection", "Evaluations"],
        });
        Dictionary<string, string> folders = SourceFolders.Of("Microsoft.ML.Diffusion.Tool");
        // The program above the rooms knows them all, and none of them knows it.
        string[] programs = [typeof(ToolProgram).FullName!, "Program"];
        var references = TypeReferences.Within(ToolPath).Where(type => !programs.Contains(type.Key)).ToDictionary();
        string[] violations = rooms.Violations(references, folders);
        CollectionAssert.AreEqual(Array.Empty<string>(), violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    public void The_tool_references_neither_TorchSharp_nor_MPI() =>
        CollectionAssert.AreEqual(Array.Empty<string>(), TypeReferences.Assemblies(ToolPath).Where(name =>
            name.Contains("Torch", StringComparison.OrdinalIgnoreCase) || name.Contains("MPI", StringComparison.OrdinalIgnoreCase) ||
            name.Contains("Distributed", StringComparison.OrdinalIgnoreCase)).ToArray());
}
