using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What the README and the docs show in C# is compiled and run: each block is a region of a file
/// whose name ends in Examples.cs, or of a program in the folder examples, which has tests of its own.</summary>
[TestClass]
public sealed class DocumentationTests
{
    private const string Opening = "// <example: ", Closing = "// </example>";

    [TestMethod]
    public void Every_block_of_code_is_an_example_that_runs()
    {
        Dictionary<string, string> examples = Examples();
        HashSet<string> shown = [];
        foreach (string page in Pages())
        {
            foreach (string block in Blocks(File.ReadAllText(page)))
            {
                string? name = examples.FirstOrDefault(example => example.Value == block).Key;
                Assert.IsNotNull(name, $"{Path.GetFileName(page)} shows C# that is no region of *Examples.cs or an example:\n{block}");
                shown.Add(name);
            }
        }
        CollectionAssert.AreEquivalent(examples.Keys, shown.ToArray(), "a region of a file *Examples.cs or an example is shown nowhere");
    }

    [TestMethod]
    public void Links_between_pages_lead_somewhere()
    {
        foreach (string page in Pages())
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(page), @"\]\((?!https?:|#)([^)#]+)"))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value);
                Assert.IsTrue(File.Exists(target) || Directory.Exists(target),
                    $"{Path.GetFileName(page)} links to '{link.Groups[1].Value}', which is not there.");
            }
        }
    }

    /// <summary>A block has its <c>using</c> lines, or a sentence at the top of the page does.</summary>
    [TestMethod]
    public void A_page_names_the_namespaces_of_the_types_in_its_code()
    {
        ILookup<string, string?> namespaces = new[] { typeof(EncoderModel).Assembly, typeof(DiffusionGenerateEstimator).Assembly,
            typeof(MLContext).Assembly, typeof(Data.VBuffer<>).Assembly, typeof(MulticlassClassificationCatalog).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes()).Where(type => !type.IsNested)
            .ToLookup(type => type.Name.Split('`')[0], type => type.Namespace);
        foreach (string page in Pages())
        {
            string text = File.ReadAllText(page);
            CompilationUnitSyntax[] blocks = [.. Blocks(text).Select(block => SyntaxFactory.ParseCompilationUnit(block))];
            HashSet<string> named = [.. Regex.Matches(text, @"using ([A-Z][\w.]+);").Select(match => match.Groups[1].Value)];
            HashSet<string> own = [.. blocks.SelectMany(block => block.DescendantNodes()).OfType<TypeDeclarationSyntax>()
                .Select(type => type.Identifier.Text)];
            foreach (string name in blocks.SelectMany(block => block.DescendantNodes()).OfType<SimpleNameSyntax>()
                .Where(name => name.Parent is not MemberAccessExpressionSyntax access || access.Expression == name)
                .Where(name => name.Parent is not AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } set || set.Left != name)
                .Select(name => name.Identifier.Text).Distinct())
            {
                if (namespaces.Contains(name) && !own.Contains(name))
                    Assert.IsTrue(namespaces[name].Any(found => named.Contains(found!)),
                        $"{Path.GetFileName(page)} uses {name} and names no using line for {string.Join(" or ", namespaces[name])}.");
            }
        }
    }

    private static IEnumerable<string> Pages() =>
    [
        Path.Combine(SharedData.RepositoryRoot, "README.md"),
        Path.Combine(SharedData.RepositoryRoot, "examples", "README.md"),
        Path.Combine(SharedData.RepositoryRoot, "eng", "package", "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    private static IEnumerable<string> Blocks(string page)
    {
        StringBuilder? block = null;
        foreach (string line in page.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (block is null)
            {
                block = line == "```csharp" ? new StringBuilder() : null;
            }
            else if (line == "```")
            {
                yield return block.ToString();
                block = null;
            }
            else
            {
                block.Append(line).Append('\n');
            }
        }
    }

    /// <summary>The regions by name, each without its indent; of one name, one after the other with an empty line between.</summary>
    private static Dictionary<string, string> Examples()
    {
        IEnumerable<string> files =
        [
            .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Tests"), "*Examples.cs"),
            .. Directory.EnumerateFiles(
                Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.TorchSharp.Tests"), "*Examples.cs"),
            .. Directory.EnumerateFiles(
                Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Onnx.Tests"), "*Examples.cs"),
            .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "examples"), "*.cs", SearchOption.AllDirectories),
        ];
        Dictionary<string, string> examples = [];
        (string Name, int Indent, StringBuilder Text)? open = null;
        foreach (string line in files.SelectMany(File.ReadLines))
        {
            string trimmed = line.TrimStart();
            if (trimmed.StartsWith(Opening, StringComparison.Ordinal))
            {
                open = (trimmed[Opening.Length..^1], line.Length - trimmed.Length, new StringBuilder());
            }
            else if (open is not var (name, indent, text))
            {
                continue;
            }
            else if (trimmed == Closing)
            {
                examples[name] = examples.TryGetValue(name, out string? before) ? $"{before}\n{text}" : text.ToString();
                open = null;
            }
            else
            {
                text.Append(line.Length > indent ? line[indent..] : "").Append('\n');
            }
        }
        return examples;
    }
}
