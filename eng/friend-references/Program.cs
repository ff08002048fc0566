using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;

// Copies a reference assembly and makes one assembly its friend: in the copy, the value of an InternalsVisibleTo
// attribute is overwritten in place. The copy is for the compiler alone; at run time the friend's own attributes
// IgnoresAccessChecksTo have the same effect on the assembly as it is.
// usage: friend-references <friend's assembly name> <folder for copies> <assembly> ...
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: friend-references <friend's assembly name> <folder for copies> <assembly> ...");
    return 2;
}
Directory.CreateDirectory(args[1]);
foreach (string assembly in args[2..])
{
    byte[] image = File.ReadAllBytes(assembly);
    if (!TryBefriend(image, args[0]))
    {
        Console.Error.WriteLine(
            $"'{assembly}' names no friend whose attribute has room for the name '{args[0]}'. " +
            "Expected one of ML.NET's signed assemblies, whose friends are named with their public keys; is this a supported version?");
        return 1;
    }
    File.WriteAllBytes(Path.Combine(args[1], Path.GetFileName(assembly)), image);
}
return 0;

static bool TryBefriend(byte[] image, string friend)
{
    // The value of an attribute with one string (ECMA-335 II.23.3): prolog, length and UTF-8, then no named arguments.
    byte[] name = Encoding.UTF8.GetBytes(friend);
    if (name.Length > 0x7F)
        return false;
    byte[] value = [1, 0, (byte)name.Length, .. name, 0, 0];

    using var pe = new PEReader(new MemoryStream(image));
    MetadataReader reader = pe.GetMetadataReader();
    int blobs = pe.PEHeaders.MetadataStartOffset + reader.GetHeapMetadataOffset(HeapIndex.Blob);
    foreach (CustomAttributeHandle handle in reader.GetAssemblyDefinition().GetCustomAttributes())
    {
        CustomAttribute attribute = reader.GetCustomAttribute(handle);
        if (!IsInternalsVisibleTo(reader, attribute))
            continue;
        int room = reader.GetBlobReader(attribute.Value).Length;
        if (room < value.Length)
            continue;
        // A blob starts with its length, in one, two or four bytes; what is left after the new value is zeros, which no reader reaches.
        int start = blobs + reader.GetHeapOffset(attribute.Value) + (room < 0x80 ? 1 : room < 0x4000 ? 2 : 4);
        Array.Clear(image, start, room);
        value.CopyTo(image, start);
        return true;
    }
    return false;
}

static bool IsInternalsVisibleTo(MetadataReader reader, CustomAttribute attribute)
{
    if (attribute.Constructor.Kind != HandleKind.MemberReference)
        return false;
    EntityHandle parent = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
    if (parent.Kind != HandleKind.TypeReference)
        return false;
    TypeReference type = reader.GetTypeReference((TypeReferenceHandle)parent);
    return reader.StringComparer.Equals(type.Name, "InternalsVisibleToAttribute");
}
