using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A console project as a user makes one, in an empty folder outside the repository: it references the package Diffusion.ML, from a folder
/// of packages that were just made from the assemblies beside the tests. Packages of its own lie in the folder too, so that nothing
/// stays on the machine.
/// </summary>
internal sealed class PackageConsumer : IDisposable
{
    private const string Version = "0.1.0-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("consumer").FullName;
    private readonly string _configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The folder of packages.</summary>
    public string Feed => Path.Combine(_folder, "feed");

    /// <summary>Makes the packages.</summary>
    public void Pack()
    {
        foreach (string name in (string[])["Microsoft.ML.Diffusion.Core", "Microsoft.ML.Diffusion"])
            Run("dotnet", ["pack", Path.Combine(SharedData.RepositoryRoot, "src", name), "-c", _configuration, "--no-build", "-o", Feed,
                $"-p:PackageVersion={Version}"]);
    }

    /// <summary>Writes the project.</summary>
    /// <param name="program">Its Program.cs.</param>
    public void Write(string program)
    {
        string userPackages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(_folder, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{Path.Combine(_folder, "packages")}</RestorePackagesPath>
                <RestoreFallbackFolders>{userPackages}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Diffusion.ML" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(_folder, "Program.cs"), program);
    }

    /// <summary>Builds the project and returns a program that runs it.</summary>
    public string Build()
    {
        Run("dotnet", ["build", "-c", "Release", "-o", "built"]);
        return Path.Combine(_folder, "built", Executable);
    }

    /// <summary>Publishes the project as a single file, native libraries inside, and returns it.</summary>
    public string PublishSingleFile()
    {
        Run("dotnet", ["publish", "-c", "Release", "--use-current-runtime", "--no-self-contained", "-p:PublishSingleFile=true",
            "-p:IncludeNativeLibrariesForSelfExtract=true", "-o", "published"]);
        return Path.Combine(_folder, "published", Executable);
    }

    private static string Executable => OperatingSystem.IsWindows() ? "Consumer.exe" : "Consumer";

    /// <summary>Runs a program in the folder to its end and returns what it writes.</summary>
    public string Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        // What the test runner sets for its own process is nothing to a build.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) ||
            name == "AutoMLReference").ToArray())
            start.Environment.Remove(name);
        start.Environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Path.Combine(_folder, "extracted");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"{program} {string.Join(' ', arguments)}\n{output}\n{error.Result}");
        return output;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
