using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Models that earlier versions saved, in Fixtures/SavedModels, a folder for each version of the format: they load, and give what they
/// gave. How a version's folder is made is said in its README.md.
/// </summary>
[TestClass]
public sealed class SavedModelTests
{
    private static readonly JsonSerializerOptions s_json =
        new()
        {
            WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };

    private static string Folder =>
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Tests", "Fixtures", "SavedModels");

    private static string Newest => Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder))
        .MaxBy(name => int.Parse(name, CultureInfo.InvariantCulture))!;

    public static IEnumerable<object[]> Versions => Directory.GetDirectories(Folder)
        .Select(folder => new object[] { Path.GetFileName(folder) });

    /// <summary>The names of a version's models.</summary>
    public static IReadOnlyList<string> Names(string version) =>
        [.. Directory.GetFiles(Path.Combine(Folder, version), "*.zip").Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];

    /// <summary>A saved model of a version.</summary>
    public static byte[] File(string version, string name) => System.IO.File.ReadAllBytes(Path.Combine(Folder, version, name + ".zip"));

    /// <summary>Makes the folder that DIFFUSION_ML_MAKE_SAVED_MODELS names, from what this version saves.</summary>
    [ClassInitialize]
    public static void Make(TestContext context)
    {
        if (Environment.GetEnvironmentVariable("DIFFUSION_ML_MAKE_SAVED_MODELS") is not { Length: > 0 } version)
            return;
        string folder = Directory.CreateDirectory(Path.Combine(Folder, version)).FullName;
        var expected = new Expected(Contexts.InstructionSet, []);
        foreach (string name in SavedModels.Pipelines.Keys)
            expected.Models.Add(name, SavedModels.Make(Contexts.Create(seed: 1), name, Path.Combine(folder, name + ".zip")));
        System.IO.File.WriteAllText(Path.Combine(folder, "expected.json"), JsonSerializer.Serialize(expected, s_json) + "\n");
    }

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void A_saved_model_gives_what_it_gave(string version)
    {
        string folder = Path.Combine(Folder, version);
        Expected expected =
            JsonSerializer.Deserialize<Expected>(System.IO.File.ReadAllText(Path.Combine(folder, "expected.json")), s_json)!;
        HashSet<Type> met = [];
        foreach ((string name, SortedDictionary<string, string[]> columns) in expected.Models)
        {
            string instructionSet = expected.AddedOn?.GetValueOrDefault(name) ?? expected.InstructionSet;
            var context = Contexts.Create();
            string path = Path.Combine(folder, name + ".zip");
            if (!Contexts.CanQuantize && name.EndsWith("-quantized", StringComparison.Ordinal))
            {
                StringAssert.Contains(Assert.Throws<Exception>(() => context.Model.Load(path, out _)).ToString(),
                    "The model computes with 8-bit integers, and ");
                continue;
            }
            ITransformer model = context.Model.Load(path, out DataViewSchema schema);
            Assert.IsNotNull(schema);
            met.UnionWith((model as IEnumerable<ITransformer> ?? [model]).Select(part => part.GetType()));
            SortedDictionary<string, string[]> outputs = SavedModels.Outputs(context, model);
            (model as IDisposable)?.Dispose();
            CollectionAssert.AreEqual(columns.Keys, outputs.Keys, $"{version}/{name}");
            foreach ((string column, string[] values) in columns)
            {
                if (instructionSet == Contexts.InstructionSet)
                    CollectionAssert.AreEqual(values, outputs[column], $"{version}/{name}: {column}");
                else
                    AssertClose(values, outputs[column], $"{version}/{name}: {column}");
            }
        }
        Assert.AreEqual(expected.Models.Count, Directory.GetFiles(folder, "*.zip").Length);
        if (version != Newest)
            return;
        Type[] components = [.. typeof(DiffusionGenerateTransformer).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && typeof(ITransformer).IsAssignableFrom(type))];
        CollectionAssert.AreEquivalent(components, met.Where(type => type.Assembly == typeof(DiffusionGenerateTransformer).Assembly)
            .ToArray(), "components without a saved model");
    }

    /// <summary>Another instruction set rounds otherwise: numbers are close, and what hangs on which
    /// number is greatest may differ.</summary>
    private static void AssertClose(string[] expected, string[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        Assert.AreEqual(expected[0], actual[0], what);
        if (!expected[0].Contains("Single", StringComparison.Ordinal))
            return;
        for (int i = 1; i < expected.Length; i++)
        {
            string[] wanted = expected[i].Split(" | "), found = actual[i].Split(" | ");
            Assert.HasCount(wanted.Length, found, what);
            for (int k = 0; k < wanted.Length; k++)
            {
                if (float.TryParse(wanted[k], CultureInfo.InvariantCulture, out float number))
                    Assert.AreEqual(number, float.Parse(found[k], CultureInfo.InvariantCulture), 1e-3f * Math.Max(1, Math.Abs(number)),
                        $"{what}, row {i - 1}");
            }
        }
    }

    /// <param name="InstructionSet">The instruction set that the outputs were computed with.</param>
    /// <param name="Models">The outputs of each model.</param>
    /// <param name="AddedOn">The instruction sets of models that were added to a version later, where they are others.</param>
    private sealed record Expected(
        string InstructionSet, SortedDictionary<string, SortedDictionary<string, string[]>> Models,
        SortedDictionary<string, string>? AddedOn = null);
}
