using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The arrows between the rooms hold (design decision 10).</summary>
[TestClass]
public sealed partial class ArchitectureTests
{
    private static string CorePath => Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Diffusion.Core.dll");

    private static readonly Rooms s_rooms = new(new()
    {
        ["Files"] = [],
        // The seam. No part of Core depends on a specific engine; the caller that makes a model chooses it.
        ["Compute"] = [],
        ["Compute/Cpu"] = ["Compute"],
        ["Compute/Host"] = ["Compute/Cpu"],
        ["Text"] = ["Files"],
        ["Checkpoints"] = ["Compute", "Files"],
        ["Encoders"] = ["Compute", "Text", "Checkpoints"],
        ["Hub"] = ["Encoders"],
        ["Training"] = ["Encoders"],
        ["Diffusion/Schedules"] = [],
        ["Diffusion/Samplers"] = ["Diffusion/Schedules", "Compute"],
        ["Diffusion/Denoising"] = ["Diffusion/Samplers", "Compute/Host", "Encoders"],
        ["Diffusion/Generation"] = ["Diffusion/Denoising"],
        ["Diffusion/MaskFilling"] = ["Diffusion/Denoising"],
        ["Diffusion/Likelihood"] = ["Diffusion/Denoising"],
        ["Diffusion/Infilling"] = ["Diffusion/Likelihood"],
        ["Diffusion/Traces"] = ["Diffusion/Denoising"],
        ["Diffusion/Objective"] = ["Diffusion/Likelihood", "Training"],
        ["Diffusion/Measures"] = ["Diffusion/Objective"],
        ["Tasks"] = ["Files"],
        ["Tasks/Windows"] = ["Encoders"],
        ["Tasks/Losses"] = ["Tasks/Windows"],
        ["Tasks/Metrics"] = ["Training"],
        ["Tasks/Classification"] = ["Tasks/Losses", "Tasks/Metrics"],
        ["Tasks/Squad"] = ["Tasks"],
        ["Tasks/QuestionAnswering"] = ["Tasks/Losses", "Tasks/Squad", "Training"],
        ["Tasks/NamedEntities"] = ["Tasks/Classification"],
        ["Tasks/Conll"] = ["Tasks", "Tasks/NamedEntities"],
    });

    [TestMethod]
    public void No_room_reaches_into_one_it_must_not_know()
    {
        string[] violations = s_rooms.Violations(TypeReferences.Within(CorePath), SourceFolders.Of("Microsoft.ML.Diffusion.Core"));
        CollectionAssert.AreEqual(Array.Empty<string>(), violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    public void Nothing_in_core_knows_MLNet() =>
        CollectionAssert.AreEqual(
            Array.Empty<string>(), TypeReferences.Assemblies(CorePath)
                .Where(name => name.StartsWith("Microsoft.ML", StringComparison.Ordinal)).ToArray());

    /// <summary>Nothing is downloaded unless it is asked for by name: one room opens connections, in Core and in the packages.</summary>
    [TestMethod]
    public void Only_the_hub_opens_connections()
    {
        string sources = Path.Combine(SharedData.RepositoryRoot, "src");
        string[] rooms =
        [
            .. Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
                .Where(file => Connections().IsMatch(File.ReadAllText(file)))
                .Select(file => Path.GetRelativePath(sources, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(folder => folder.Split('/')[1] is not ("bin" or "obj"))
                .Distinct()
        ];
        CollectionAssert.AreEqual(new[] { "Microsoft.ML.Diffusion.Core/Hub" }, rooms);
    }

    /// <summary>
    /// An engine of another assembly sees the seam by public API alone; so do the conformance suite, its
    /// reference engine and what proves them, or they would prove less. The other packages are no friends either: they take later versions
    /// of Core, whose internals may be others.
    /// </summary>
    [TestMethod]
    public void The_conformance_suite_and_the_other_packages_are_no_friends_of_core()
    {
        Assembly core = typeof(Engine).Assembly, suite = typeof(EngineConformance).Assembly;
        string[] friends = [.. core.GetCustomAttributes<InternalsVisibleToAttribute>().Select(attribute => attribute.AssemblyName)];
        Assert.IsEmpty(friends.Where(name => name.StartsWith("Microsoft.ML", StringComparison.Ordinal) &&
            !name.EndsWith(".Tests", StringComparison.Ordinal) || name.Contains("Conformance", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(
            new[] { core.GetName().Name },
            TypeReferences.Assemblies(suite.Location).Where(name => name.StartsWith("Microsoft.ML", StringComparison.Ordinal)).ToArray());
    }

    /// <summary>The same check on the types at the end of PlantedViolations.cs, whose folders are their namespaces.</summary>
    [TestMethod]
    public void Planted_violations_are_found()
    {
        var references = TypeReferences.Within(typeof(ArchitectureTests).Assembly.Location)
            .Where(type => type.Key.StartsWith("Planted.", StringComparison.Ordinal)).ToDictionary();
        Dictionary<string, string> folders = references.Keys.Where(type => type.Count(c => c == '.') > 1)
            .ToDictionary(type => type, type => type.Split('.')[1]);
        var rooms = new Rooms(new()
        {
            ["Compute"] = [], ["Text"] = [], ["Checkpoints"] = ["Compute"], ["Encoders"] = ["Text", "Checkpoints"],
            ["Diffusion"] = ["Encoders"], ["Tasks"] = ["Encoders"]
        });
        CollectionAssert.AreEqual(
            new[]
            {
                "Planted.Attic.Unknown lies in no room ('Attic')",
                "Planted.Compute.CallsInABody -> Planted.Encoders.Something",
                "Planted.Compute.HoldsALocal -> Planted.Encoders.EncoderModel",
                "Planted.Encoders.DerivesFromAClass -> Planted.Diffusion.Sampler",
                "Planted.Homeless lies in no room (no source declares it)",
                "Planted.Tasks.ReturnsATask -> Planted.Diffusion.Sampler",
                "Planted.Text.HasAField -> Planted.Compute.Tensor",
                "Planted.Text.IsInALambda -> Planted.Compute.Tensor",
            },
            rooms.Violations(references, folders));
    }

    [GeneratedRegex(@"\bSystem\.Net\b|\b(HttpClient|Http\w*Message|HttpListener|Socket|Tcp\w+|Udp\w+|WebRequest|WebClient)\b")]
    private static partial Regex Connections();
}
