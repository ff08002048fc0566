using System.Reflection;

namespace Microsoft.ML.Diffusion.OnnxConversion;

/// <summary>Finds the program's exporter, which is in the package Diffusion.ML.Onnx.</summary>
internal static class OnnxExporters
{
    private const string UsualAssembly = "Microsoft.ML.Diffusion.Onnx";

    private static readonly Lazy<IOnnxExporter?> s_usual = new(() => Load(UsualAssembly));

    /// <summary>The reason why nothing can be converted if there is no exporter, and what to do.</summary>
    public const string NoneFound =
        "the package Diffusion.ML.Onnx, which writes the graphs, is not in the program. Add it to the program.";

    /// <summary>The exporter; null if the program has none.</summary>
    public static IOnnxExporter? Find() => s_usual.Value;

    /// <summary>Creates the exporter of an assembly of the program; null if it is absent.</summary>
    /// <exception cref="ArgumentException">The assembly names no exporter.</exception>
    internal static IOnnxExporter? Load(string name)
    {
        Assembly assembly;
        try
        {
            assembly = Assembly.Load(name);
        }
        catch (FileNotFoundException exception) when (exception.FileName is string file && new AssemblyName(file).Name == name)
        {
            return null;
        }
        return assembly.GetCustomAttribute<OnnxExporterAttribute>() is { Exporter: Type exporter }
            ? (IOnnxExporter)Activator.CreateInstance(exporter)!
            : throw new ArgumentException(
                $"'{assembly.Location}' was built for another version of Diffusion.ML. Use the package Diffusion.ML.Onnx of this version.");
    }
}
