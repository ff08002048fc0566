using System.Reflection;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The example of every catalog method is taken from the XML documentation that ships. It compiles as a program of its own, calls the
/// method that it documents, and prints what its comment says.
/// </summary>
/// <remarks>It is not run in parallel, because examples print to the console and write into the current directory.</remarks>
[TestClass]
[DoNotParallelize]
public sealed class CatalogExamplesTests
{
    private const string Output = "// Output:";

    /// <summary>As in a new console project.</summary>
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using " +
            "System.Threading;";

    private static readonly string[] s_assemblies = ["Microsoft.ML.Diffusion", "Microsoft.ML.Diffusion.AutoML"];

    /// <summary>The beginnings of the names of methods whose examples take seconds.</summary>
    private static readonly string[] s_long =
    [
        "DiffusionAutoCatalog.",
        "DiffusionCatalog.DiffusionGenerate(Microsoft.ML.TransformsCatalog.TextTransforms,System.String",
        "DiffusionCatalog.MaskedDiffusion(Microsoft.ML.TransformsCatalog.TextTransforms,System.String",
    ];

    private static readonly Lazy<CSharpCompilation> s_references = new(() => CSharpCompilation.Create(
        "Example", [Parse(ImplicitUsings)],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable)));

    private static readonly Lazy<XElement[]> s_documentation = new(() =>
        [.. s_assemblies.SelectMany(name => XDocument.Load(Path.Combine(AppContext.BaseDirectory, name + ".xml")).Descendants("member"))]);

    private static IEnumerable<object[]> Methods => CatalogMethods().Select(method => new object[] { method.GetDocumentationCommentId()! });

    [TestMethod]
    public void Every_catalog_is_looked_at() =>
        Assert.IsGreaterThan(25, CatalogMethods().Select(method => method.GetDocumentationCommentId()).Distinct().Count());

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void An_example_compiles_calls_its_method_and_prints_what_it_says(string method)
    {
        string code = ExampleOf(method);
        Assert.IsLessThanOrEqualTo(20, code.Split('\n').Count(line => line.Trim().Length > 0), "the lines of the example");
        SyntaxTree tree = Parse(code);
        CSharpCompilation compilation = s_references.Value.AddSyntaxTrees(tree);
        Diagnostic[] diagnostics = [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
        Assert.IsEmpty(diagnostics, $"{string.Join('\n', diagnostics.AsEnumerable())}\n{code}");

        SemanticModel semantics = compilation.GetSemanticModel(tree);
        string?[] called = [.. tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Select(call => (semantics.GetSymbolInfo(call).Symbol as IMethodSymbol)?.ReducedFrom?.GetDocumentationCommentId())];
        CollectionAssert.Contains(called, method, "the example calls another overload");

        int output = code.IndexOf(Output, StringComparison.Ordinal);
        Assert.IsTrue(output >= 0 || code.Contains("// Prints ", StringComparison.Ordinal), "a comment says what the example prints");
        if (IsLong(method))
            return;
        string[] printed = Run(compilation, code);
        if (output < 0)
        {
            Assert.IsNotEmpty(string.Concat(printed));
            return;
        }
        IEnumerable<string> expected = code[output..].Split('\n').Skip(1)
            .TakeWhile(line => line.StartsWith("// ", StringComparison.Ordinal)).Select(line => line[3..]);
        Assert.AreEqual(string.Join('\n', expected), string.Join('\n', printed));
    }

    /// <summary>
    /// Whether an example takes seconds, and so is compiled but not run: sweeps, which AutoMLExamples
    /// runs as well, and the two that generate 64 tokens; the examples of their other overloads generate fewer.
    /// </summary>
    private static bool IsLong(string method) => s_long.Any(name => method.StartsWith("M:Microsoft.ML." + name, StringComparison.Ordinal));

    /// <summary>The public extension methods of all classes that are called catalogs.</summary>
    private static IEnumerable<IMethodSymbol> CatalogMethods() =>
        from name in s_assemblies
        let reference = s_references.Value.References.Single(reference => Path.GetFileNameWithoutExtension(reference.Display) == name)
        let assembly = (IAssemblySymbol)s_references.Value.GetAssemblyOrModuleSymbol(reference)!
        from type in Namespaces(assembly.GlobalNamespace).SelectMany(space => space.GetTypeMembers())
        where type.DeclaredAccessibility == Accessibility.Public && type.Name.EndsWith("Catalog", StringComparison.Ordinal)
        from method in type.GetMembers().OfType<IMethodSymbol>()
        where method.IsExtensionMethod && method.DeclaredAccessibility == Accessibility.Public
        select method;

    private static IEnumerable<INamespaceSymbol> Namespaces(INamespaceSymbol space) =>
        space.GetNamespaceMembers().SelectMany(Namespaces).Prepend(space);

    /// <summary>The code of a method's example, as the XML file beside the assembly has it.</summary>
    private static string ExampleOf(string method)
    {
        XElement? member = s_documentation.Value.SingleOrDefault(member => (string?)member.Attribute("name") == method);
        Assert.IsNotNull(member, $"{method} has no documentation");
        XElement? code = member.Element("example")?.Element("code");
        Assert.IsNotNull(code, $"{method} has no <example> with <code>");
        Assert.AreEqual("csharp", (string?)code.Attribute("language"));
        string[] lines = code.Value.Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..].TrimEnd() : "")).Trim() + "\n";
    }

    private static SyntaxTree Parse(string code) => CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest));

    /// <summary>Runs a program in a directory with the models that it names; gives the lines that it prints.</summary>
    private static string[] Run(CSharpCompilation compilation, string code)
    {
        using var image = new MemoryStream();
        Assert.IsTrue(compilation.Emit(image).Success);
        MethodInfo main = Assembly.Load(image.ToArray()).EntryPoint!;
        (TextWriter console, string directory) = (Console.Out, Environment.CurrentDirectory);
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("example");
        ReadyModels.CopyTo(temporary.FullName, code);
        using var printed = new StringWriter();
        try
        {
            Environment.CurrentDirectory = temporary.FullName;
            Console.SetOut(printed);
            main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [Array.Empty<string>()], null);
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = directory;
            temporary.Delete(recursive: true);
        }
        return printed.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
