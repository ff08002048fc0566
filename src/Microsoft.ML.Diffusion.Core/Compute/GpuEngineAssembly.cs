using System.Reflection;

namespace Microsoft.ML.Diffusion.Compute;

/// <summary>Registers the engine of an assembly that carries <see cref="GpuEngineAttribute"/>.</summary>
public static class GpuEngineAssembly
{
    /// <summary>Calls the method <c>Register</c> of the class that the assembly's attribute names.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <exception cref="ArgumentException">It has no such attribute, or the class no such method.</exception>
    public static void Register(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        Type type = assembly.GetCustomAttribute<GpuEngineAttribute>()?.Registration
            ?? throw new ArgumentException(
                $"'{assembly.Location}' was built for another version of Diffusion.ML. Use the engine of this program's version.");
        MethodInfo method = type.GetMethod(nameof(Register), BindingFlags.Public | BindingFlags.Static, [])
            ?? throw new ArgumentException(
                $"'{assembly.Location}' names {type.FullName}, which has no public static method Register without parameters.");
        method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, null, null);
    }

    /// <summary>Registers the engine of an assembly of the program, which may be absent.</summary>
    /// <param name="name">The assembly's name.</param>
    /// <returns>The exception that the assembly caused; null if it is registered or absent.</returns>
    internal static Exception? RegisterIfPresent(string name)
    {
        try
        {
            Register(Assembly.Load(name));
            return null;
        }
        catch (FileNotFoundException exception) when (exception.FileName is string file && new AssemblyName(file).Name == name)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException)
        {
            return exception;
        }
    }
}
