using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// What an assembly's types mention, read from its metadata: signatures, base types, attributes and the tokens in method bodies.
/// </summary>
internal static class TypeReferences
{
    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The names of the assemblies that an assembly refers to.</summary>
    public static string[] Assemblies(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))];
    }

    /// <summary>The full names of the types of other assemblies that an assembly refers to.</summary>
    public static string[] OfOtherAssemblies(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        return [.. reader.TypeReferences.Select(reader.GetTypeReference)
            .Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}")];
    }

    /// <summary>Every type of an assembly that the compiler did not make, with the assembly's types that it and the types nested
    /// in it mention; by full names.</summary>
    public static Dictionary<string, HashSet<string>> Within(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        var references = new Dictionary<string, HashSet<string>>();
        foreach (TypeDefinitionHandle from in reader.TypeDefinitions)
        {
            string name = NameOf(reader, from);
            if (IsMade(name))
                continue;
            if (!references.TryGetValue(name, out HashSet<string>? mentioned))
                references.Add(name, mentioned = []);
            mentioned.UnionWith(new Collector(pe, reader).Collect(from).Select(to => NameOf(reader, to))
                .Where(to => to != name && !IsMade(to)));
        }
        return references;
    }

    /// <summary>Whether the compiler or one of its generators made a type.</summary>
    private static bool IsMade(string name) =>
        name.StartsWith('.') || name.Contains('<', StringComparison.Ordinal) || name.StartsWith("System.", StringComparison.Ordinal) ||
            name.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal);

    private static string NameOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = Outermost(reader, handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }

    private static TypeDefinition Outermost(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        while (type.GetDeclaringType() is { IsNil: false } outer)
            type = reader.GetTypeDefinition(outer);
        return type;
    }

    /// <summary>Collects the types of this assembly that one of them mentions.</summary>
    private sealed class Collector(PEReader pe, MetadataReader reader) : ISignatureTypeProvider<bool, bool>
    {
        private readonly HashSet<TypeDefinitionHandle> _found = [];

        public HashSet<TypeDefinitionHandle> Collect(TypeDefinitionHandle handle)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            Add(type.BaseType);
            AddAttributes(type.GetCustomAttributes());
            AddConstraints(type.GetGenericParameters());
            foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
                Add(reader.GetInterfaceImplementation(implemented).Interface);
            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                reader.GetFieldDefinition(field).DecodeSignature(this, true);
                AddAttributes(reader.GetFieldDefinition(field).GetCustomAttributes());
            }
            foreach (MethodDefinitionHandle method in type.GetMethods())
                AddMethod(reader.GetMethodDefinition(method));
            return _found;
        }

        private void AddMethod(MethodDefinition method)
        {
            method.DecodeSignature(this, true);
            AddAttributes(method.GetCustomAttributes());
            AddConstraints(method.GetGenericParameters());
            if (method.RelativeVirtualAddress == 0)
                return;
            MethodBodyBlock body = pe.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
                reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, true);
            foreach (ExceptionRegion region in body.ExceptionRegions)
                Add(region.CatchType);
            BlobReader code = body.GetILReader();
            while (code.RemainingBytes > 0)
            {
                byte first = code.ReadByte();
                OpCode operation = _opCodes[first == 0xFE ? unchecked((short)(0xFE00 | code.ReadByte())) : first];
                switch (operation.OperandType)
                {
                    case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                        Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                        break;
                    case OperandType.InlineSwitch:
                        int targets = code.ReadInt32(); // before Offset is read
                        code.Offset += sizeof(int) * targets;
                        break;
                    default:
                        code.Offset += operation.OperandType switch
                        {
                            OperandType.InlineNone => 0,
                            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                            OperandType.InlineVar => 2,
                            OperandType.InlineI8 or OperandType.InlineR => 8,
                            _ => 4,
                        };
                        break;
                }
            }
        }

        private void Add(EntityHandle handle)
        {
            if (handle.IsNil)
                return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    _found.Add((TypeDefinitionHandle)handle);
                    break;
                case HandleKind.TypeSpecification:
                    reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, true);
                    break;
                case HandleKind.FieldDefinition:
                    _found.Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MethodDefinition:
                    _found.Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MethodSpecification:
                    MethodSpecification specification = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Add(specification.Method);
                    specification.DecodeSignature(this, true);
                    break;
                case HandleKind.MemberReference:
                    MemberReference member = reader.GetMemberReference((MemberReferenceHandle)handle);
                    Add(member.Parent);
                    if (member.GetKind() == MemberReferenceKind.Method)
                        member.DecodeMethodSignature(this, true);
                    else
                        member.DecodeFieldSignature(this, true);
                    break;
            }
        }

        private void AddAttributes(CustomAttributeHandleCollection attributes)
        {
            foreach (CustomAttributeHandle attribute in attributes)
                Add(reader.GetCustomAttribute(attribute).Constructor);
        }

        private void AddConstraints(GenericParameterHandleCollection parameters)
        {
            foreach (GenericParameterHandle parameter in parameters)
            {
                foreach (GenericParameterConstraintHandle constraint in reader.GetGenericParameter(parameter).GetConstraints())
                    Add(reader.GetGenericParameterConstraint(constraint).Type);
            }
        }

        public bool GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind) => _found.Add(handle);

        public bool GetTypeFromSpecification(MetadataReader metadata, bool context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            metadata.GetTypeSpecification(handle).DecodeSignature(this, context);

        public bool GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind) => true;

        public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => true;

        public bool GetArrayType(bool elementType, ArrayShape shape) => true;

        public bool GetByReferenceType(bool elementType) => true;

        public bool GetFunctionPointerType(MethodSignature<bool> signature) => true;

        public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => true;

        public bool GetGenericMethodParameter(bool context, int index) => true;

        public bool GetGenericTypeParameter(bool context, int index) => true;

        public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => true;

        public bool GetPinnedType(bool elementType) => true;

        public bool GetPointerType(bool elementType) => true;

        public bool GetSZArrayType(bool elementType) => true;
    }
}
