using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The packages as a user takes them: what is in them, and a project that has them from a folder.</summary>
[TestClass]
public sealed partial class PackageTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void A_project_takes_the_packages_writes_saves_and_loads_in_another_process()
    {
        using var consumer = new PackageConsumer();
        consumer.Pack();
        foreach (string id in (string[])["Diffusion.ML", "Diffusion.ML.Core"])
            CheckContent(Directory.EnumerateFiles(consumer.Feed, $"{id}.0*.nupkg").Single());
        consumer.Write(Program());

        string built = consumer.Build();
        string written = consumer.Run(built, ["save", "model.zip"]);
        TestContext.WriteLine(written);
        string loaded = consumer.Run(built, ["load", "model.zip"]);
        Assert.Contains($"It was a dark night, and{loaded.TrimEnd('\r', '\n')}", written);

        string published = consumer.PublishSingleFile();
        CollectionAssert.AreEqual(Array.Empty<string>(), Directory.GetFiles(Path.GetDirectoryName(published)!, "*.dll"));
        Assert.AreEqual(loaded, consumer.Run(published, ["load", "model.zip"]));
    }

    private void CheckContent(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        string[] names = [.. archive.Entries.Select(entry => entry.FullName)];
        TestContext.WriteLine($"{Path.GetFileName(package)}: {string.Join(", ", names)}");
        foreach (string expected in (string[])["README.md", "LICENSE", "icon.png"])
            CollectionAssert.Contains(names, expected);
        Assert.HasCount(1,
            names.Where(name => name.StartsWith("lib/net10.0/", StringComparison.Ordinal) &&
                name.EndsWith(".dll", StringComparison.Ordinal)));
        Assert.HasCount(1,
            names.Where(name => name.StartsWith("lib/net10.0/", StringComparison.Ordinal) &&
                name.EndsWith(".xml", StringComparison.Ordinal)));
        Assert.IsTrue(File.Exists(Path.ChangeExtension(package, ".snupkg")), "The symbols lie beside it.");
        using var nuspec =
            new StreamReader(archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
        string text = nuspec.ReadToEnd();
        foreach (string part in (string[])["<license type=\"expression\">MIT", "<icon>icon.png", "<readme>README.md", "<tags>mlnet ",
            "<releaseNotes>0.1.0", "<repository type=\"git\""])
            Assert.Contains(part, text);
        if (!text.Contains("<id>Diffusion.ML.Core</id>", StringComparison.Ordinal))
            Assert.Contains("<dependency id=\"Microsoft.ML\" version=\"[5.0.1, 5.1.0)\"", text);
    }

    /// <summary>The README's first pipeline, which saves its model, or its block that loads one.</summary>
    private static string Program()
    {
        string readme = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "README.md"));
        string[] blocks = [.. Blocks().Matches(readme).Select(match => match.Groups[1].Value)];
        string first = blocks[0], load = blocks.Single(block => block.Contains("mlContext.Model.Load", StringComparison.Ordinal));
        int body = first.IndexOf("var mlContext", StringComparison.Ordinal),
            row = first.IndexOf("public sealed class Row", StringComparison.Ordinal);
        return $$"""
            {{first[..body]}}
            if (args[0] == "save")
                Save(args[1]);
            else
                Load(args[1]);

            static void Save(string modelPath)
            {
            {{first[body..row]}}
            mlContext.Model.Save(model, data.Schema, modelPath);
            }

            static void Load(string modelPath)
            {
            {{load}}
            Console.WriteLine(story);
            }

            {{first[row..]}}
            """;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
