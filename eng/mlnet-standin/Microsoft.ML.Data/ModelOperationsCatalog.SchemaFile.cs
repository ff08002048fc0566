using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class ModelOperationsCatalog
{
    /// <summary>The entry Schema of a model file: ML.NET's binary data format, with no rows and no annotations.</summary>
    private static class SchemaFile
    {
        private const ulong Magic = 0x00425644004C4D43; // "CML\0DVB\0"
        private const ulong Tail = 0x434D4C0044564200; // "\0BVD\0LMC"
        private const ulong Version = 0x0001000100010006;
        private const int HeaderSize = 0x100;

        public static void Write(Stream stream, DataViewSchema schema)
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write(new byte[HeaderSize]);
            foreach (DataViewSchema.Column column in schema)
            {
                writer.Write(column.Name);
                WriteType(writer, column.Type);
                writer.Write((byte)1); // compression: deflate
                writer.Write7BitEncodedInt(1); // rows in a block
                writer.Write((long)HeaderSize); // where the blocks are looked up: there are none
                writer.Write(0L); // where the annotations are: there are none
            }
            long tail = stream.Position;
            writer.Write(Tail);
            stream.Position = 0;
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(Version);
            writer.Write((long)HeaderSize);
            writer.Write(tail);
            writer.Write(0L); // rows
            writer.Write(schema.Count);
        }

        public static DataViewSchema Read(Stream stream)
        {
            using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
            Contracts.CheckDecode(stream.Length >= HeaderSize && reader.ReadUInt64() == Magic, "The entry Schema is not a binary data view.");
            reader.ReadUInt64();
            reader.ReadUInt64();
            long columns = reader.ReadInt64();
            reader.ReadInt64();
            reader.ReadInt64();
            int count = reader.ReadInt32();
            Contracts.CheckDecode(columns >= HeaderSize && columns <= stream.Length && count >= 0, "The entry Schema is corrupt.");
            stream.Position = columns;
            var builder = new DataViewSchema.Builder();
            for (int i = 0; i < count; i++)
            {
                string name = reader.ReadString();
                builder.AddColumn(name, ReadType(reader));
                reader.ReadByte();
                reader.Read7BitEncodedInt64();
                reader.ReadInt64();
                reader.ReadInt64();
            }
            return builder.ToSchema();
        }

        /// <summary>A type is a name, the number of bytes of its parameters, and those.</summary>
        private static void WriteType(BinaryWriter writer, DataViewType type)
        {
            using var parameters = new MemoryStream();
            using var inner = new BinaryWriter(parameters);
            switch (type)
            {
                case VectorDataViewType vector:
                    writer.Write("VBuffer");
                    WriteType(inner, vector.ItemType);
                    inner.Write(vector.Dimensions.Length);
                    foreach (int dimension in vector.Dimensions)
                        inner.Write(dimension);
                    break;
                case KeyDataViewType key:
                    writer.Write("Key2");
                    WriteType(inner, ColumnTypeExtensions.PrimitiveTypeFromType(key.RawType));
                    inner.Write(key.Count);
                    break;
                default:
                    writer.Write(type is TextDataViewType ? "TextSpan" : type.RawType.Name);
                    break;
            }
            inner.Flush();
            writer.Write7BitEncodedInt((int)parameters.Length);
            writer.Write(parameters.GetBuffer(), 0, (int)parameters.Length);
        }

        private static DataViewType ReadType(BinaryReader reader)
        {
            string name = reader.ReadString();
            reader.Read7BitEncodedInt();
            switch (name)
            {
                case "VBuffer":
                    var item = (PrimitiveDataViewType)ReadType(reader);
                    int[] dimensions = new int[reader.ReadInt32()];
                    for (int i = 0; i < dimensions.Length; i++)
                        dimensions[i] = reader.ReadInt32();
                    return new VectorDataViewType(item, dimensions);
                case "Key2":
                    Type type = ReadType(reader).RawType;
                    return new KeyDataViewType(type, reader.ReadUInt64());
                case "TextSpan":
                    return TextDataViewType.Instance;
                case nameof(DataViewRowId):
                    return RowIdDataViewType.Instance;
                default:
                    Type primitive = Type.GetType("System." + name);
                    Contracts.CheckDecode(primitive is { IsPrimitive: true }, $"The stand-in does not read columns of type '{name}'.");
                    return ColumnTypeExtensions.PrimitiveTypeFromType(primitive);
            }
        }
    }
}
