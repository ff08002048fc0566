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
        Func<object[], object> make = FindMaker(attribute, parameters);
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

    /// <summary>
    /// A static method Create or a constructor with these parameters, alone or after an environment. Where there are both, the
    /// more visible one is meant; where they are equally visible, ML.NET refuses to guess.
    /// </summary>
    private static Func<object[], object> FindMaker(LoadableClassAttributeBase attribute, Type[] parameters)
    {
        Type[] withEnvironment = [typeof(IHostEnvironment), .. parameters];
        Type loader = attribute.LoaderType;
        MethodBase create = loader.GetMethod("Create", AnyStatic, parameters) ?? loader.GetMethod("Create", AnyStatic, withEnvironment);
        if (create is MethodInfo method && !attribute.InstanceType.IsAssignableFrom(method.ReturnType))
            create = null;
        MethodBase constructor = attribute.InstanceType.IsAssignableFrom(loader)
            ? loader.GetConstructor(AnyInstance, parameters) ?? loader.GetConstructor(AnyInstance, withEnvironment)
            : null;
        if (create is not null && constructor is not null)
        {
            int difference = (create.Attributes & MethodAttributes.MemberAccessMask) - (constructor.Attributes & MethodAttributes.MemberAccessMask);
            Contracts.Check(
                difference != 0,
                $"Can't load type {attribute.InstanceType}, because it has both create and constructor methods with the same visibility. " +
                "Please indicate which one should be used by changing either the signature or the visibility of one of them.");
            if (difference < 0)
                create = null;
        }
        MethodBase maker = create ?? constructor;
        if (maker is null)
            return null;
        int skipped = maker.GetParameters().Length == parameters.Length ? 1 : 0;
        return arguments => Invoke(() => maker is ConstructorInfo c ? c.Invoke(arguments[skipped..]) : maker.Invoke(null, arguments[skipped..]));
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
