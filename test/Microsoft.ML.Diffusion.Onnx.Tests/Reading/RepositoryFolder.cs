namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>The repository's folders, from the test assembly upward.</summary>
public static class RepositoryFolder
{
    /// <summary>The folder of data beside the repository, which need not exist.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Root(), "..", "shared"));

    private static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Diffusion.ML.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Diffusion.ML.sln.");
    }
}
