using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The folder of each type of a project, read from its sources.</summary>
internal static class SourceFolders
{
    /// <summary>Full names, as metadata has them, and the folders under the project's, with slashes; empty for the project's own.</summary>
    public static Dictionary<string, string> Of(string project)
    {
        var folders = new Dictionary<string, string>();
        string root = Path.Combine(SharedData.RepositoryRoot, "src", project);
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/');
            if (folder.Split('/')[0] is "bin" or "obj")
                continue;
            foreach (MemberDeclarationSyntax type in CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetCompilationUnitRoot()
                .DescendantNodes(node => node is not (TypeDeclarationSyntax or EnumDeclarationSyntax)).OfType<MemberDeclarationSyntax>())
            {
                if (NameOf(type) is not string name)
                    continue;
                if (folders.TryGetValue(name, out string? other) && other != folder)
                    throw new InvalidOperationException($"{name} lies in two folders, '{other}' and '{folder}'.");
                folders[name] = folder == "." ? "" : folder;
            }
        }
        return folders;
    }

    private static string? NameOf(MemberDeclarationSyntax member)
    {
        (string Name, int Arity)? type = member switch
        {
            TypeDeclarationSyntax declared => (declared.Identifier.Text, declared.TypeParameterList?.Parameters.Count ?? 0),
            EnumDeclarationSyntax declared => (declared.Identifier.Text, 0),
            DelegateDeclarationSyntax declared => (declared.Identifier.Text, declared.TypeParameterList?.Parameters.Count ?? 0),
            _ => null,
        };
        if (type is not var (name, arity))
            return null;
        string spaces =
            string.Join('.', member.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(space => space.Name.ToString()));
        return $"{spaces}.{name}{(arity > 0 ? $"`{arity}" : "")}";
    }
}
