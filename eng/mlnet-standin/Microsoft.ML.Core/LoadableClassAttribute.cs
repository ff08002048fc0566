using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A signature: its parameters are those of a loader of models, after the environment.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

/// <summary>Declares a class that can be made by name; the base of the attribute that assemblies carry.</summary>
internal abstract class LoadableClassAttributeBase : Attribute
{
    protected LoadableClassAttributeBase(
        string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
    {
        Contracts.CheckValue(instType, nameof(instType));
        Contracts.CheckValue(loaderType, nameof(loaderType));
        Contracts.CheckValue(sigTypes, nameof(sigTypes));
        Contracts.CheckParam(argType is null, nameof(argType), "The stand-in makes no classes from arguments");
        (InstanceType, LoaderType, SigTypes, LoadNames) = (instType, loaderType, sigTypes, loadNames);
    }

    public Type InstanceType { get; }
    public Type LoaderType { get; }
    public Type[] SigTypes { get; }
    public string[] LoadNames { get; }
}

/// <summary>Declares a class that can be made by name, as a model file names it.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute : LoadableClassAttributeBase
{
    public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, instType, argType, [sigType], userName, loadNames) { }

    public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, loaderType, argType, [sigType], userName, loadNames) { }
}
