namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Names the class of an assembly that registers its GPU engine, for programs that load engines from a folder. The class has a public
/// static method <c>Register</c> without parameters, which calls <see cref="GpuEngines.Register"/>.
/// </summary>
/// <param name="registration">The class.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GpuEngineAttribute(Type registration) : Attribute
{
    /// <summary>The class.</summary>
    public Type Registration { get; } = registration;
}
