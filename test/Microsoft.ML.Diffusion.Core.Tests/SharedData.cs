namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Finds the real data and the oracles, which are not part of the repository: <c>DIFFUSION_ML_DATA</c>, or the folder
/// <c>shared</c> beside the repository. A test that needs what is absent is reported as skipped, by name.
/// </summary>
internal static class SharedData
{
    /// <summary>The repository's root: the nearest folder above the test assembly that holds the solution.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>The path of a file or folder under <c>data</c>; skips the running test where it is absent.</summary>
    public static string Data(string relativePath) => Require(
        Path.Combine(Environment.GetEnvironmentVariable("DIFFUSION_ML_DATA") ?? Shared("data"), relativePath));

    /// <summary>The path of a script under <c>oracles</c>; skips the running test where it is absent.</summary>
    public static string Oracle(string fileName) => Require(Path.Combine(Shared("oracles"), fileName));

    /// <summary>The path of a listing under <c>mlnet-api</c>; skips the running test where the listings are absent.</summary>
    public static string MLNetApi(string relativePath) => Path.Combine(Require(Shared("mlnet-api")), relativePath);

    private static string Shared(string folder) => Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", folder));

    private static string Require(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            Assert.Inconclusive($"'{path}' is absent; set DIFFUSION_ML_DATA to the data folder to run this test.");
        return path;
    }

    private static string FindRepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Diffusion.ML.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Diffusion.ML.sln.");
    }
}
