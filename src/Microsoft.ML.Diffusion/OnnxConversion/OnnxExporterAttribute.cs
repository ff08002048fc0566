namespace Microsoft.ML.Diffusion;

/// <summary>
/// Names the class of an assembly that implements <see cref="IOnnxExporter"/> and has a public constructor without parameters.
/// </summary>
/// <param name="exporter">The class.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class OnnxExporterAttribute(Type exporter) : Attribute
{
    /// <summary>The class.</summary>
    public Type Exporter { get; } = exporter;
}
