using System.Reflection;
using System.Runtime.Loader;

namespace Microsoft.ML.Diffusion.Tool.Engines;

/// <summary>Loads an engine with its own dependencies; the assemblies of this program are shared with it.</summary>
/// <param name="path">The engine's assembly.</param>
internal sealed class EngineLoadContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
{
    private readonly string _folder = Path.GetDirectoryName(path)!;
    private readonly AssemblyDependencyResolver _resolver = new(path);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (FileNotFoundException)
        {
            string beside = Path.Combine(_folder, $"{assemblyName.Name}.dll");
            string? found = _resolver.ResolveAssemblyToPath(assemblyName) ?? (File.Exists(beside) ? beside : null);
            return found is null ? null : LoadFromAssemblyPath(found);
        }
    }

    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is string found ? LoadUnmanagedDllFromPath(found) : IntPtr.Zero;
}
