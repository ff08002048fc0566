using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>Knows the classes that registered assemblies declare as loadable, by name and signature.</summary>
public sealed class ComponentCatalog
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _assemblies = [];
    private readonly Dictionary<(string Name, Type Signature), MethodInfo> _makers = [];

    internal ComponentCatalog() { }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_assemblies.Add(assembly.FullName))
                return;
            foreach (LoadableClassAttributeBase attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
            {
                foreach (Type signature in attribute.SigTypes)
                    Register(attribute, signature, throwOnError);
            }
        }
    }

    internal static bool TryCreateInstance<TRes, TSig>(
        IHostEnvironment env, out TRes result, string name, string options, params object[] extra)
        where TRes : class
    {
        ComponentCatalog catalog = env.ComponentCatalog;
        MethodInfo make;
        lock (catalog._lock)
            catalog._makers.TryGetValue((name.ToLowerInvariant(), typeof(TSig)), out make);
        result = make?.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [env, .. extra], null) as TRes;
        return result is not null;
    }

    /// <summary>
    /// Finds the static method Create. A constructor with its parameters is refused: ML.NET calls the more visible of the two, and
    /// neither where they are equally visible.
    /// </summary>
    private void Register(LoadableClassAttributeBase attribute, Type signature, bool throwOnError)
    {
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic;
        Type[] parameters = [typeof(IHostEnvironment), .. signature.GetMethod("Invoke").GetParameters().Select(p => p.ParameterType)];
        MethodInfo create = attribute.LoaderType.GetMethod("Create", any | BindingFlags.Static, parameters);
        if (attribute.InstanceType.IsAssignableFrom(create?.ReturnType) && attribute.LoaderType.GetConstructor(any | BindingFlags.Instance, parameters) is null)
        {
            foreach (string name in attribute.LoadNames)
                _makers.TryAdd((name.ToLowerInvariant(), signature), create);
        }
        else if (throwOnError)
        {
            throw Contracts.Except(
                $"Can't load type {attribute.InstanceType}: '{attribute.LoaderType}' should have a static method Create that returns it and takes " +
                $"({string.Join(", ", parameters.Select(p => p.Name))}), and no constructor that takes the same.");
        }
    }
}
