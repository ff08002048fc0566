using System.Reflection;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The stand-in for Microsoft.ML.AutoML has its members and no others (design decision 7), and stays small.</summary>
[TestClass]
public sealed class AutoMLStandInTests
{
    private static readonly string s_folder = Path.Combine(SharedData.RepositoryRoot, "eng", "automl-standin");

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Every_member_is_as_in_MLNet()
    {
        string reference = typeof(AutoMLStandInTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "AutoMLReference").Value!;
        if (reference != "StandIn")
            Assert.Inconclusive("This build uses Microsoft.ML.AutoML itself, so there is no stand-in to compare with it.");

        int members = 0;
        var differences = new List<string>();
        foreach (string folder in Directory.GetDirectories(s_folder))
        {
            string name = Path.GetFileName(folder);
            Type[] types = Assembly.Load(name).GetTypes();
            Dictionary<string, string> all = ApiListing.Of(types, internals: true);
            members += all.Count;
            string withInternals = SharedData.MLNetApi($"with-internals/{name}.txt");
            differences.AddRange(ApiComparison.Differences(
                all,
                ApiListing.Of(types, internals: false),
                File.Exists(withInternals) ? ApiListing.Read(withInternals) : null,
                ApiListing.Read(SharedData.MLNetApi($"public/{name}.txt"))));
        }
        TestContext.WriteLine($"{members} members compared, {differences.Count} differences.");
        Assert.IsEmpty(differences, string.Join('\n', differences));
        Assert.IsGreaterThan(100, members);
    }

    [TestMethod]
    public void It_stays_below_600_lines()
    {
        int lines = Directory.GetDirectories(s_folder)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Where(file => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin")))
            .Sum(file => File.ReadLines(file).Count());
        TestContext.WriteLine($"The stand-in has {lines} lines.");
        Assert.IsInRange(1, 599, lines);
    }

    [TestMethod]
    public void An_equal_API_has_no_differences() => Assert.IsEmpty(Differences(typeof(PlantedApi.Copy)));

    [TestMethod]
    public void An_API_that_lacks_members_has_no_differences() => Assert.IsEmpty(Differences(typeof(PlantedApi.Fewer)));

    [TestMethod]
    [DataRow(typeof(PlantedApi.OtherDefault), "angle=45")]
    [DataRow(typeof(PlantedApi.OtherParameterName), "degrees=90")]
    [DataRow(typeof(PlantedApi.OtherReturnType), "returns System.Int64")]
    [DataRow(typeof(PlantedApi.OtherConstant), "= 4")]
    [DataRow(typeof(PlantedApi.OtherKind), "'class : ")]
    [DataRow(typeof(PlantedApi.OtherBase), "'sealed class : System.ICloneable'")]
    [DataRow(typeof(PlantedApi.OneInterfaceMore), "System.IDisposable")]
    [DataRow(typeof(PlantedApi.WiderMethod), "'public returns")]
    [DataRow(typeof(PlantedApi.WiderSetter), "'System.Int32 { get; set; }' here")]
    [DataRow(typeof(PlantedApi.WiderField), "Wheel.Spokes does not exist or is less accessible")]
    [DataRow(typeof(PlantedApi.NarrowerField), "Wheel.Radius is public or protected in ML.NET")]
    [DataRow(typeof(PlantedApi.OneMemberMore), "Wheel.Stop does not exist")]
    [DataRow(typeof(PlantedApi.OneTypeMore), "Brake does not exist")]
    public void A_planted_difference_is_found(Type planted, string expected) =>
        Assert.IsTrue(Differences(planted).Exists(d => d.Contains(expected, StringComparison.Ordinal)),
            string.Join('\n', Differences(planted)));

    /// <summary>The differences between the types nested in one class and those nested in the reference.</summary>
    private static List<string> Differences(Type planted) => ApiComparison.Differences(
        Listing(planted, internals: true),
        Listing(planted, internals: false),
        Listing(typeof(PlantedApi.Reference), internals: true),
        Listing(typeof(PlantedApi.Reference), internals: false));

    private static Dictionary<string, string> Listing(Type outer, bool internals) =>
        ApiListing.Of(outer.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic), internals).ToDictionary(
            member => member.Key.Replace(outer.Name + ".", "", StringComparison.Ordinal),
            member => member.Value.Replace($".{outer.Name}.", ".", StringComparison.Ordinal));
}
