using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tool.Engines;

/// <summary>Loads an engine for GPUs from a folder: this program references none, as their native parts are large.</summary>
internal static class EngineFolder
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_loaded = new(StringComparer.Ordinal);

    /// <summary>Loads the assemblies of a folder that bring an engine, and registers their engines. A second call does nothing.</summary>
    /// <param name="path">The folder, with the engine's assembly and all that it needs, as dotnet publish writes it.</param>
    /// <exception cref="ArgumentException">There is no such folder, or no engine in it.</exception>
    public static void Load(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path))
            throw new ArgumentException($"There is no folder '{path}'; expected the folder of an engine. Check --engine.");
        lock (s_lock)
        {
            if (!s_loaded.Add(path))
                return;
            string[] engines = [.. Directory.EnumerateFiles(path, "*.dll").Where(HasEngine).Order(StringComparer.Ordinal)];
            if (engines.Length == 0)
            {
                s_loaded.Remove(path);
                throw new ArgumentException(
                    $"The folder '{path}' has no engine: none of its assemblies carries {nameof(GpuEngineAttribute)}. Give the folder " +
                    "into which an engine for GPUs was published.");
            }
            foreach (string engine in engines)
                GpuEngineAssembly.Register(new EngineLoadContext(engine).LoadFromAssemblyPath(engine));
        }
    }

    /// <summary>Whether an assembly carries the attribute, read from its metadata: nothing is loaded, and native libraries are
    /// skipped.</summary>
    private static bool HasEngine(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        try
        {
            if (!file.HasMetadata)
                return false;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
        MetadataReader metadata = file.GetMetadataReader();
        return metadata.IsAssembly && metadata.GetAssemblyDefinition().GetCustomAttributes().Any(handle =>
            metadata.GetCustomAttribute(handle).Constructor is { Kind: HandleKind.MemberReference } constructor &&
            metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } type &&
            metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)type).Name, nameof(GpuEngineAttribute)));
    }
}
