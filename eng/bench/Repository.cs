namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The repository that this program was built in.</summary>
internal static class Repository
{
    /// <summary>Its root: the nearest folder above this program, else above the current folder, that holds the solution.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Root =>
        Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory) ??
        throw new DirectoryNotFoundException(
            $"No folder above '{AppContext.BaseDirectory}' or '{Environment.CurrentDirectory}' holds Diffusion.ML.sln. Run in the " +
            "repository, or name the folder (--help says how).");

    private static string? Above(string path)
    {
        for (DirectoryInfo? folder = new(path); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Diffusion.ML.sln")))
                return folder.FullName;
        }
        return null;
    }
}
