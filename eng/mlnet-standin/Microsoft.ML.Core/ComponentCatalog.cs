using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>Knows the classes that registered assemblies declare as loadable, by name and signature.</summary>
public sealed class ComponentCatalog
{
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _assemblies = [];
    private readonly Dictionary<(string Name, Type Signature), Func<object[], object>> _makers = [];

    internal ComponentCatalog()
    {
    }

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
        Func<object[], object> make;
        lock (catalog._lock)
            catalog._makers.TryGetValue((name.ToLowerInvariant(), typeof(TSig)), out make);
        result = make?.Invoke([env, .. extra]) as TRes;
        return result is not null;
    }

    private void Register(LoadableClassAttributeBase attribute, Type signature, bool throwOnError)
    {
        Type[] parameters = [.. signature.GetMethod("Invoke").GetParameters().Select(p => p.ParameterType)];
        if (attribute.ArgType is not null)
            parameters = [attribute.ArgType, .. parameters];
        Func<object[], object> make = FindMaker(attribute, [typeof(IHostEnvironment), .. parameters]);
        if (make is null && FindMaker(attribute, parameters) is Func<object[], object> withoutEnvironment)
            make = arguments => withoutEnvironment(arguments[1..]);
        if (make is null && throwOnError)
        {
            throw Contracts.Except(
                $"No Create method or constructor of '{attribute.LoaderType}' takes ({string.Join(", ", parameters.Select(p => p.Name))}), " +
                $"after an environment or alone, to make '{attribute.InstanceType}' as {signature.Name} asks.");
        }
        if (make is not null)
        {
            foreach (string name in attribute.LoadNames)
                _makers.TryAdd((name.ToLowerInvariant(), signature), make);
        }
    }

    /// <summary>A static method Create or a constructor with exactly these parameters, however hidden.</summary>
    private static Func<object[], object> FindMaker(LoadableClassAttributeBase attribute, Type[] parameters)
    {
        MethodInfo create = attribute.LoaderType.GetMethod("Create", AnyStatic, parameters);
        if (create is not null && attribute.InstanceType.IsAssignableFrom(create.ReturnType))
            return arguments => Invoke(() => create.Invoke(null, arguments));
        if (!attribute.InstanceType.IsAssignableFrom(attribute.LoaderType) || attribute.LoaderType.IsAbstract)
            return null;
        ConstructorInfo constructor = attribute.LoaderType.GetConstructor(AnyInstance, parameters);
        return constructor is null ? null : arguments => Invoke(() => constructor.Invoke(arguments));
    }

    private static object Invoke(Func<object> call)
    {
        try
        {
            return call();
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }
}
