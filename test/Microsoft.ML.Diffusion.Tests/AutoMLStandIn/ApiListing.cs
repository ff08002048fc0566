using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The API of an assembly: for each member its id, written as in XML documentation, and what it is (kind, bases, accessibility,
/// returns, parameter names and defaults), in the words of the listings of ML.NET under <c>shared/mlnet-api</c>.
/// </summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Reads a listing: a member a line, its id, a tab, and what it is.</summary>
    public static Dictionary<string, string> Read(string path) =>
        File.ReadLines(path).Select(line => line.Split('\t', 2))
            .ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? "");

    /// <summary>Lists the types that can be seen, and their members: the public and protected ones, or all but the private ones.</summary>
    public static Dictionary<string, string> Of(IEnumerable<Type> types, bool internals)
    {
        var members = new Dictionary<string, string>();
        foreach (Type type in types.Where(type => IsSeen(type, internals) &&
            !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)))
            Add(type, internals, members);
        return members;
    }

    private static void Add(Type type, bool internals, Dictionary<string, string> members)
    {
        string name = FullName(type);
        bool isDelegate = type.BaseType == typeof(MulticastDelegate);
        members.Add($"T:{name}", $"{(type.IsVisible ? "" : "internal ")}{(isDelegate ? "delegate" : KindAndBases(type, internals))}");
        if (isDelegate)
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            members.Add($"M:{name}.Invoke{Types(invoke.GetParameters())}", $"returns {Reference(invoke.ReturnType)}");
            return;
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsSeen(c, internals)))
            members.Add($"M:{name}.#ctor{Types(constructor.GetParameters())}", $"{Accessibility(constructor)}{Parameters(constructor)}");
        foreach (MethodInfo method in type.GetMethods(Declared)
            .Where(m => IsSeen(m, internals) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
        {
            string arity = method.IsGenericMethodDefinition ? $"``{method.GetGenericArguments().Length}" : "";
            string conversion = method.Name is "op_Implicit" or "op_Explicit" ? $"~{Reference(method.ReturnType)}" : "";
            string modifier = method.IsStatic ? " static" : method.IsAbstract ? " abstract" : method.IsVirtual &&
                !method.IsFinal ? " virtual" : "";
            members.Add(
                $"M:{name}.{method.Name.Replace('.', '#')}{arity}{Types(method.GetParameters())}{conversion}",
                $"{Accessibility(method)}{modifier} returns {Reference(method.ReturnType)}{Parameters(method)}");
        }
        foreach (PropertyInfo property in type.GetProperties(Declared)
            .Where(p => p.GetAccessors(nonPublic: true).Any(a => IsSeen(a, internals))))
        {
            string get = property.GetMethod is { } getter && IsSeen(getter, internals) ? " get;" : "";
            string set = property.SetMethod is { } setter && IsSeen(setter, internals) ? " set;" : "";
            members.Add($"P:{name}.{property.Name.Replace('.', '#')}{Types(property.GetIndexParameters())}",
                $"{Reference(property.PropertyType)} {{{get}{set} }}");
        }
        foreach (FieldInfo field in type.GetFields(Declared).Where(f => !f.IsSpecialName && IsSeen(f, internals)))
        {
            string modifier = $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}";
            string value = field.IsLiteral ? $" = {Text(field.GetRawConstantValue())}" : "";
            members.Add($"F:{name}.{field.Name}", $"{modifier}{Reference(field.FieldType)}{value}");
        }
        foreach (EventInfo @event in type.GetEvents(Declared).Where(e => IsSeen(e.AddMethod!, internals)))
            members.Add($"E:{name}.{@event.Name}", Reference(@event.EventHandlerType!));
    }

    private static string KindAndBases(Type type, bool internals)
    {
        string kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
            : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class"
                : type.IsSealed ? "sealed class" : "class";
        if (kind is "enum" or "static class")
            return kind;
        var bases = new List<string>();
        if (type.BaseType is { } super && super != typeof(object) && super != typeof(ValueType))
            bases.Add(Reference(super));
        IEnumerable<string> own = type.GetInterfaces()
            .Where(i => IsSeen(i.IsGenericType ? i.GetGenericTypeDefinition() : i, internals))
            .Select(Reference)
            .Except((type.BaseType?.GetInterfaces() ?? []).Select(Reference));
        bases.AddRange(own.Order(StringComparer.Ordinal));
        return bases.Count == 0 ? kind : $"{kind} : {string.Join(", ", bases)}";
    }

    private static bool IsSeen(Type type, bool internals)
    {
        if (type.Name.Contains('<', StringComparison.Ordinal))
            return false;
        if (!type.IsNested)
            return internals || type.IsPublic;
        return (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem || (internals && !type.IsNestedPrivate))
            && IsSeen(type.DeclaringType!, internals);
    }

    private static bool IsSeen(MethodBase method, bool internals) =>
        !method.Name.Contains('<', StringComparison.Ordinal)
        && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly || (internals && !method.IsPrivate));

    private static bool IsSeen(FieldInfo field, bool internals) =>
        !field.Name.Contains('<', StringComparison.Ordinal)
        && (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly || (internals && !field.IsPrivate));

    private static string Accessibility(MethodBase method) =>
        method.IsPublic ? "public"
        : method.IsFamily || method.IsFamilyOrAssembly ? "protected"
        : method.IsFamilyAndAssembly ? "private protected"
        : "internal";

    private static string Parameters(MethodBase method) =>
        method.GetParameters() is [_, ..] parameters ? $" ({string.Join(", ", parameters.Select(Parameter))})" : "";

    private static string Parameter(ParameterInfo parameter)
    {
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false) ? "params " : "";
        if (!parameter.HasDefaultValue)
            return prefix + parameter.Name;
        string value = parameter.RawDefaultValue switch
        {
            null => "null",
            string text => $"\"{text}\"",
            object other => Text(other),
        };
        return $"{prefix}{parameter.Name}={value}";
    }

    private static string Types(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(",", parameters.Select(parameter => Reference(parameter.ParameterType)))})";

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string FullName(Type type) =>
        type.IsNested ? $"{FullName(type.DeclaringType!)}.{type.Name}"
        : string.IsNullOrEmpty(type.Namespace) ? type.Name
        : $"{type.Namespace}.{type.Name}";

    /// <summary>A type as signatures name it.</summary>
    private static string Reference(Type type)
    {
        if (type.IsByRef)
            return Reference(type.GetElementType()!) + "@";
        if (type.IsPointer)
            return Reference(type.GetElementType()!) + "*";
        if (type.IsArray)
        {
            string dimensions = type.GetArrayRank() == 1 ? "" : string.Join(",", Enumerable.Repeat("0:", type.GetArrayRank()));
            return $"{Reference(type.GetElementType()!)}[{dimensions}]";
        }
        if (type.IsGenericParameter)
            return $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}";
        return type.IsGenericType ? Generic(type.GetGenericTypeDefinition(), new Queue<Type>(type.GetGenericArguments())) : FullName(type);
    }

    /// <summary>A generic type: the arguments stand at the part of the name that declares them.</summary>
    private static string Generic(Type definition, Queue<Type> arguments)
    {
        string prefix = definition.IsNested ? Generic(definition.DeclaringType!, arguments) + "."
            : string.IsNullOrEmpty(definition.Namespace) ? ""
            : definition.Namespace + ".";
        string[] parts = definition.Name.Split('`');
        if (parts.Length == 1)
            return prefix + definition.Name;
        int count = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return $"{prefix}{parts[0]}{{{string.Join(",", Enumerable.Range(0, count).Select(_ => Reference(arguments.Dequeue())))}}}";
    }
}
