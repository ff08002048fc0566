using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The rooms of an assembly and the arrows between them (design decision 10), read from its metadata: signatures, base types,
/// attributes and the tokens in method bodies. A room is the namespace right under the root; the root itself is the room Diffusion.
/// </summary>
internal static class Architecture
{
    private static readonly Dictionary<string, string[]> _mayKnow = new()
    {
        ["Compute"] = [],
        ["Files"] = [],
        ["Text"] = ["Files"],
        ["Checkpoints"] = ["Compute", "Files"],
        ["Encoders"] = ["Compute", "Files", "Text", "Checkpoints"],
        ["Training"] = ["Compute", "Files", "Text", "Checkpoints", "Encoders"],
        ["Diffusion"] = ["Compute", "Files", "Text", "Checkpoints", "Encoders", "Training"],
        ["Tasks"] = ["Compute", "Files", "Text", "Checkpoints", "Encoders", "Training"],
    };

    /// <summary>The public types of the room Files, which are in the namespace of the room Checkpoints.</summary>
    private static readonly string[] _files = ["AtomicFile", "CheckpointException"];

    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The names of the assemblies that an assembly refers to.</summary>
    public static string[] References(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))];
    }

    /// <summary>The full names of the types of other assemblies that an assembly refers to.</summary>
    public static string[] TypesUsed(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        return [.. reader.TypeReferences.Select(reader.GetTypeReference).Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}")];
    }

    /// <summary>What reaches into a room that it must not know, one line each: from type -> to type.</summary>
    public static string[] Violations(string assemblyPath, string rootNamespace)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = pe.GetMetadataReader();
        var violations = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TypeDefinitionHandle from in reader.TypeDefinitions)
        {
            if (RoomOf(reader, from, rootNamespace) is not string room)
                continue;
            if (!_mayKnow.TryGetValue(room, out string[]? known))
            {
                violations.Add($"{NameOf(reader, from)}: there is no room {room}");
                continue;
            }
            foreach (TypeDefinitionHandle to in new Collector(pe, reader).Collect(from))
            {
                if (RoomOf(reader, to, rootNamespace) is string other && other != room && !known.Contains(other))
                    violations.Add($"{NameOf(reader, from)} -> {NameOf(reader, to)}");
            }
        }
        return [.. violations];
    }

    private static string? RoomOf(MetadataReader reader, TypeDefinitionHandle handle, string root)
    {
        TypeDefinition type = Outermost(reader, handle);
        string name = reader.GetString(type.Namespace);
        if (name == root)
            return reader.GetString(type.Name) == "EncoderModel" ? "Encoders" : "Diffusion";
        if (name == root + ".Checkpoints" && _files.Contains(reader.GetString(type.Name)))
            return "Files";
        return name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..].Split('.')[0] : null;
    }

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
